import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { rebuildFrom, regenerate, type Regenerated } from '@vqforge/pipeline';
import { CommandExit, EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../command-shape.ts';
import type { RegenerateFlags } from '../commands/regenerate.ts';
import { Progress } from '../progress.ts';
import { printResult } from '../terminal-text.ts';
import { weightsCache } from '../workspace-defaults.ts';

/** `vqforge regenerate`: exit code 1 where bytes differ, 2 where inputs are missing. */
export async function regenerateCommand(
  ids: string[],
  flags: RegenerateFlags,
  { signal, place, version }: CommandContext,
): Promise<void> {
  const progress = new Progress(flags);
  const registry = flags.check === true ? place.registry(flags.registry) : place.ownRegistry(flags.registry);
  const { root, found } = place;
  const from = [
    ...(flags.from ?? []),
    ...(found === undefined ? [] : [found.datasets]),
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'vqforge'),
  ];
  const results = await regenerate({
    registry,
    ids,
    check: flags.check === true,
    rebuild: rebuildFrom({
      root,
      version,
      workers: availableParallelism(),
      signal,
      now: () => performance.now(),
      from,
      // heads that runs have trained are weights too
      weightsFrom: [weightsCache(), ...(found === undefined ? [] : [found.runs])],
      onModel: (id) => progress.line(`rebuilding ${id}`),
      observer: { progress: (done, total) => progress.update(done, total) },
    }),
  }).finally(() => progress.stop());
  printResult(flags, results, results.flatMap(resultLines));
  if (results.some(({ outcome }) => outcome === 'different' || outcome === 'unreproducible'))
    throw new CommandExit(EXIT.findings);
  if (results.some(({ outcome }) => outcome === 'missing')) throw new CommandExit(EXIT.usage);
}

function resultLines({ id, outcome, differences, missing, written }: Regenerated): string[] {
  const inputs = missing.map(
    ({ role, digest }) => `  missing input: ${role}, sha256 ${digest}; give its folder with --from`,
  );
  switch (outcome) {
    case 'same':
      return [
        `same       ${id}: ONNX, sidecar and registry entry, byte for byte`,
        ...written.map((path) => `  written: ${path}`),
      ];
    case 'different':
      return [`DIFFERENT  ${id}`, ...differences.map((line) => `  ${line}`)];
    case 'unreproducible':
      return [`cannot be made again  ${id}`, ...differences.map((line) => `  ${line}`)];
    case 'skipped':
      return [`skipped    ${id}: pinned, not shipped, and its inputs are not here`, ...inputs];
    case 'missing':
      return [`missing    ${id}`, ...inputs];
  }
}
