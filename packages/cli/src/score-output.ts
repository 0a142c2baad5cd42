import { requireFolderOf, requireSafeOutputs } from '@vqforge/artifact/node';
import type { ScoreFormat } from '@vqforge/score';
import type { ScoreFlags } from './commands/score.ts';
import type { Place } from './place.ts';
import { modelInputs } from './score-request.ts';

/**
 * The file of the scores replaces nothing that was read, and nothing that models and runs stand on.
 * @param clips what is scored, with lists and logs of it
 * @throws ArtifactError BAD_OUTPUT
 */
export async function requireScoreOutput(
  flags: ScoreFlags,
  kind: ScoreFormat,
  clips: readonly string[],
  place: Place,
): Promise<void> {
  const { output: path } = flags;
  if (path === undefined) return;
  await requireFolderOf(path, '--output');
  await requireSafeOutputs({
    outputs: [{ path, flag: '--output', kind, role: 'document' }],
    inputs: [...clips, ...modelInputs(flags)],
    registries: [place.registry(flags.registry)],
    runs: place.found === undefined ? [] : [place.found.runs],
    force: flags.force === true,
  });
}
