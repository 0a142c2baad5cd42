import { pullWeights, TEACHER_IDS, type PulledFile } from '@vqforge/weights';
import type { LpipsNet } from '@vqforge/export';
import { byteProgress } from '../byte-progress.ts';
import type { CommandContext } from '../command-shape.ts';
import type { WeightsPullFlags } from '../commands/weights.ts';
import { printResult } from '../terminal-text.ts';
import { weightsCache } from '../workspace-defaults.ts';

const NETS: readonly LpipsNet[] = ['squeeze', 'alex', 'vgg'];

/** `vqforge weights pull`: brings pinned files into the cache. */
export async function pullCommand(
  wanted: readonly string[],
  flags: WeightsPullFlags,
  { signal }: CommandContext,
): Promise<void> {
  const cache = weightsCache(flags.cache);
  const teachers = TEACHER_IDS.filter((id) => wanted.includes(id));
  const nets = NETS.filter((net) => wanted.includes('all') || wanted.includes(net));
  const pulled = await pullWeights({
    ...(nets.length === 0 ? {} : { nets }),
    teachers,
    version: flags.headsVersion,
    cache,
    from: flags.from ?? [],
    mirrors: flags.mirror ?? [],
    offline: flags.offline === true,
    signal,
    ...(flags.quiet === true || flags.json === true ? {} : { progress: byteProgress() }),
  });
  printResult(flags, { cache, files: pulled }, pulled.flatMap(pulledLines));
}

function pulledLines({ outcome, path, sha256, matches, isFullyPinned }: PulledFile): string[] {
  const checked =
    matches === 'content'
      ? 'another file with the pinned tensors'
      : isFullyPinned
        ? 'pinned'
        : 'only its first 8 digits are pinned, upstream publishes no more';
  return [`${outcome.padEnd(10)}  ${path}`, `            sha256 ${sha256}, ${checked}`];
}
