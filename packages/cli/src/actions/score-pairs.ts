import { type CodedError, counted, defined } from '@vqforge/base';
import { scoreClips, type ScoreDocument, type ScoreFormat } from '@vqforge/score';
import type { CommandContext } from '../command-shape.ts';
import type { ScoreFlags } from '../commands/score.ts';
import { CommandExit, EXIT, exitCodeOf } from '../exit-codes.ts';
import { type ClipPair, readPairs } from '../pairs-file.ts';
import { printable } from '../terminal-text.ts';
import { Progress } from '../progress.ts';
import { belowFloors } from '../score-gate.ts';
import { requireScoreOutput, writeScores } from '../score-output.ts';
import { scoreRequest } from '../score-request.ts';
import { UsageError } from '../usage-error.ts';

/** A pair with its scores, or the error that kept them away. A clip that ends early has both. */
interface ScoredPair extends ClipPair {
  readonly scores?: ScoreDocument;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Scores a list of pairs, one after the other; a pair that cannot be scored does not stop the others. */
export async function scorePairs(
  path: string,
  flags: ScoreFlags,
  format: ScoreFormat,
  context: CommandContext,
): Promise<void> {
  if (flags.reference !== undefined || flags.distorted !== undefined || flags.featuresFrom !== undefined)
    throw new UsageError(
      '--pairs names the clips, expected neither --reference, --distorted nor --features-from',
    );
  if (format === 'xml') throw new UsageError('the scores of --pairs are JSON or CSV, not XML');
  const pairs = await readPairs(path, context.signal);
  const clips = pairs.flatMap(({ reference, distorted }) => [reference, distorted]);
  await requireScoreOutput(flags, format, [path, ...clips], context.place);
  const progress = new Progress(defined({ quiet: flags.quiet }), 'scoring', 'pairs');
  const scored: ScoredPair[] = [];
  for (const pair of pairs) {
    scored.push(await scorePair(pair, flags, context));
    progress.update(scored.length, pairs.length);
  }
  progress.stop();
  const text =
    format === 'csv'
      ? pairsCsv(scored)
      : `${JSON.stringify({ schema: 'vqforge/pair-scores-v1', pairs: scored }, null, 2)}\n`;
  await writeScores(flags, text, [`written: ${flags.output ?? ''} (${counted(pairs.length, 'pair')})`]);
  conclude(scored, flags);
}

async function scorePair(pair: ClipPair, flags: ScoreFlags, context: CommandContext): Promise<ScoredPair> {
  // frames are counted in pairs here
  const silent = new Progress({ quiet: true });
  try {
    const { document: scores, failure } = await scoreClips({
      ...(await scoreRequest(flags, context, silent)),
      reference: pair.reference,
      distorted: [pair.distorted],
      featuresFrom: [],
    });
    return { ...pair, scores, ...(failure === undefined ? {} : { error: facts(failure) }) };
  } catch (error) {
    // what is wrong with this program or with a model's bytes is so for every pair
    if (context.signal.aborted || exitCodeOf(error) !== EXIT.usage) throw error;
    return { ...pair, error: facts(error as CodedError) };
  }
}

function facts({ code, message }: CodedError): { code: string; message: string } {
  return { code, message };
}

/** A row per pair: pooled means, and why there are none. */
function pairsCsv(scored: readonly ScoredPair[]): string {
  const metrics = [...new Set(scored.flatMap(({ scores }) => Object.keys(scores?.pooled_metrics ?? {})))];
  const rows = scored.map(({ reference, distorted, scores, error }) => [
    cell(reference),
    cell(distorted),
    ...metrics.map((name) => scores?.pooled_metrics[name]?.mean ?? ''),
    cell(error?.message ?? ''),
  ]);
  return [['reference', 'distorted', ...metrics, 'error'], ...rows]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function conclude(scored: readonly ScoredPair[], flags: ScoreFlags): void {
  const say = (line: string): void => void process.stderr.write(`vqforge: ${printable(line)}\n`);
  const below = scored.flatMap(({ distorted, scores }) =>
    scores === undefined
      ? []
      : belowFloors(scores, flags.failBelow ?? []).map((line) => `${distorted}: ${line}`),
  );
  const failed = scored.filter(({ error }) => error !== undefined);
  for (const line of below) say(line);
  for (const { distorted, error } of failed) say(`${distorted}: ${error?.message ?? ''}`);
  if (failed.length > 0) throw new CommandExit(EXIT.usage);
  if (below.length > 0) throw new CommandExit(EXIT.findings);
}
