import { counted, defined } from '@vqforge/base';
import { scoreClips, scoreText, type ScoreDocument } from '@vqforge/score/clips';
import type { CommandContext } from '../command-shape.ts';
import type { ScoreFlags } from '../commands/score.ts';
import { CommandExit, EXIT } from '../exit-codes.ts';
import { isNamedPipe } from '../input-file.ts';
import { printable } from '../terminal-text.ts';
import { Progress } from '../progress.ts';
import { belowFloors, type QualityFloor } from '../score-gate.ts';
import { formatOf, requireScoreOutput, writeScores } from '../score-output.ts';
import { scoreRequest } from '../score-request.ts';
import { UsageError } from '../usage-error.ts';

/** `vqforge score`: exit code 1 where a mean misses `--fail-below`. @throws CodedError the failure of a clip, after its whole frames are written */
export async function scoreCommand(flags: ScoreFlags, context: CommandContext): Promise<void> {
  const progress = new Progress(defined({ quiet: flags.quiet }), 'scoring', 'frames');
  const notes: string[] = [];
  const format = formatOf(flags, (text) => notes.push(text));
  if (flags.featuresFrom !== undefined && flags.vmafBin !== undefined)
    throw new UsageError('--features-from and --vmaf-bin both bring features, expected one');
  if (flags.pairs !== undefined)
    return (await import('./score-pairs.ts')).scorePairs(flags.pairs, flags, format, context);
  const { output, reference, distorted = [], featuresFrom = [] } = flags;
  const clips = [...(reference === undefined ? [] : [reference]), ...distorted, ...featuresFrom];
  await requireScoreOutput(flags, format, clips, context.place);
  for (const text of notes) progress.line(text);
  // a log has to be a file, and is refused
  for (const path of clips.filter((clip) => !featuresFrom.includes(clip) && isNamedPipe(clip)))
    progress.line(`vqforge: ${path} is a named pipe: waiting for a program that writes to it`);
  const { document, failure } = await scoreClips({
    ...(await scoreRequest(flags, context, progress)),
    ...defined({ reference }),
    distorted,
    featuresFrom,
  }).finally(() => progress.stop());
  await writeScores(flags, scoreText(document, format), summary(document, output));
  if (failure !== undefined) throw failure;
  const floors: readonly QualityFloor[] = flags.failBelow ?? [];
  const below = belowFloors(document, floors);
  for (const line of below) process.stderr.write(`vqforge: ${printable(line)}\n`);
  if (below.length > 0) throw new CommandExit(EXIT.findings);
}

/** A line per metric, where the scores went to a file. */
function summary({ pooled_metrics: metrics, frames, partial }: ScoreDocument, output = ''): string[] {
  const lines = Object.entries(metrics).map(
    ([name, { mean, min, max }]) =>
      `${name}: mean ${mean.toFixed(6)}, min ${min.toFixed(6)}, max ${max.toFixed(6)}`,
  );
  const what = `${partial ? 'partial, ' : ''}${counted(frames.length, 'frame')}`;
  return [...lines, `written: ${output} (${what})`];
}
