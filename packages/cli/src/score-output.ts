import { extname } from 'node:path';
import { writeDocuments } from '@vqforge/artifact/node';
import type { ScoreFormat } from '@vqforge/score';
import type { ScoreFlags } from './commands/score.ts';
import { requireDocumentOutputs } from './document-outputs.ts';
import type { Place } from './place.ts';
import { printResult } from './terminal-text.ts';
import { modelInputs } from './score-request.ts';
import { UsageError } from './usage-error.ts';

const FORMATS = ['json', 'csv', 'xml'] as const;

/**
 * The format of the scores: that of `--json`, `--csv` or `--xml`, else the ending of the output, else JSON.
 * @param note says that the ending decided nothing
 * @throws UsageError for two formats
 */
export function formatOf({ json, csv, xml, output }: ScoreFlags, note: (text: string) => void): ScoreFormat {
  const named = FORMATS.filter((name) => ({ json, csv, xml })[name] === true);
  if (named.length > 1) throw new UsageError(`--${named.join(' and --')} are two formats, expected one`);
  if (named[0] !== undefined || output === undefined) return named[0] ?? 'json';
  const ending = extname(output).slice(1).toLowerCase();
  const format = FORMATS.find((name) => name === ending);
  if (format === undefined) note(`${output} is written as JSON; the endings .csv and .xml choose those`);
  return format ?? 'json';
}

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

/** Writes the scores to the file of `--output`, and lines about it to standard output; without a file, the scores go there. */
export async function writeScores(
  { output }: ScoreFlags,
  text: string,
  summary: readonly string[],
): Promise<void> {
  if (output === undefined) return void process.stdout.write(text);
  await writeDocuments([{ path: output, text }]);
  printResult({}, undefined, summary);
}
