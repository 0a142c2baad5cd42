import { exportLpips } from '@vqforge/pipeline/export-lpips';
import { printResult, writtenLines } from '../terminal-text.ts';
import { ownOutputs, weightsCache } from '../workspace-defaults.ts';
import type { CommandContext } from '../command-shape.ts';
import type { ExportLpipsFlags } from '../commands/export.ts';

/** `vqforge export lpips`: makes LPIPS from weights and pins it. */
export async function exportLpipsCommand(
  { registry, ...flags }: ExportLpipsFlags,
  { signal, place, version }: CommandContext,
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
    ...ownOutputs(place, flags.outOnnx ?? (typeof registry === 'string' ? registry : undefined)),
    force: flags.force === true,
    replace: flags.replace === true,
    packageVersion: version,
    signal,
  });
  printResult(flags, { id, parity, written }, [
    `${id}: parity ${parity.max_abs_error} over ${parity.n} image pairs, at most ${parity.tolerance}`,
    ...writtenLines(written),
  ]);
}
