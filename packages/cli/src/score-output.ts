import type { ScoreFormat } from '@vqforge/score';
import type { ScoreFlags } from './commands/score.ts';
import { requireDocumentOutputs } from './document-outputs.ts';
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
  await requireDocumentOutputs([{ path, flag: '--output', kind }], {
    inputs: [...clips, ...modelInputs(flags)],
    registries: [place.registry(flags.registry)],
    runs: place.runs,
    force: flags.force === true,
  });
}
