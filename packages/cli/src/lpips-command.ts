import { exportLpips } from '@vqforge/pipeline';
import type { LpipsInput, LpipsNet, LpipsVersion } from '@vqforge/export';
import { writtenLines } from './loso-table.ts';
import type { CommandContext, SpeechFlags } from './program.ts';
import { weightsCache } from './weights-cache.ts';

interface ExportLpipsFlags extends SpeechFlags {
  readonly net: LpipsNet;
  readonly version: LpipsVersion;
  readonly variant: LpipsInput;
  readonly opset: '17' | '18';
  readonly baseline?: boolean;
  readonly maps?: boolean;
  readonly trunk?: string;
  readonly heads?: string;
  readonly cache?: string;
  readonly id?: string;
  readonly outOnnx?: string;
  readonly outSidecar?: string;
  /** False with --no-registry. */
  readonly registry?: string | false;
}

export async function exportLpipsCommand(
  { registry, ...flags }: ExportLpipsFlags,
  { signal, root, version }: CommandContext,
): Promise<void> {
  const { id, parity, written } = await exportLpips({
    ...flags,
    baseline: flags.baseline === true,
    maps: flags.maps === true,
    input: flags.variant,
    opset: flags.opset === '17' ? 17 : 18,
    cache: weightsCache(flags.cache),
    outputs: { ...flags, ...(typeof registry === 'string' ? { registry } : {}) },
    register: registry !== false,
    root,
    packageVersion: version,
    signal,
  });
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ id, parity, written })}\n`
      : `${[`${id}: parity ${parity.max_abs_error} over ${parity.n} image pairs, at most ${parity.tolerance}`, ...writtenLines(written, root)].join('\n')}\n`,
  );
}
