import { basename, extname } from 'node:path';
import { writeDocuments } from '@vqforge/artifact/node';
import { type CodedError, counted, defined } from '@vqforge/base';
import { NEG_OPTIONS } from '@vqforge/features';
import {
  extractClips,
  extractLog,
  featureRowsOf,
  type ExtractRequest,
  scoreText,
  type ScoreFormat,
} from '@vqforge/score';
import { type ColumnData, writeFeatureTable } from '@vqforge/table';
import type { CommandContext } from '../command-shape.ts';
import type { FeaturesExtractFlags } from '../commands/features.ts';
import { featureThreads, rawFormat, selectionOf } from '../clip-flags.ts';
import { readPairs } from '../pairs-file.ts';
import { printResult } from '../terminal-text.ts';
import { requireDocumentOutputs } from '../document-outputs.ts';
import { Progress } from '../progress.ts';
import { readTeachers } from '../teacher-files.ts';
import { UsageError } from '../usage-error.ts';

/** A reference with the clips that are compared with it. */
interface Comparison {
  readonly reference: string;
  readonly distorted: readonly string[];
}

/** `vqforge features extract`: measures clips to a table or a log. */
export async function extractCommand(flags: FeaturesExtractFlags, context: CommandContext): Promise<void> {
  const format = formatOf(flags.out);
  const comparisons = await comparisonsOf(flags, context.signal);
  if (format !== 'parquet' && comparisons.length + (comparisons[0]?.distorted.length ?? 0) > 2)
    throw new UsageError(
      `${flags.out} is a log, which is of one pair of clips; write several to a .parquet table`,
    );
  await requireDocumentOutputs([{ path: flags.out, flag: '--out', kind: format }], {
    inputs: [
      ...comparisons.flatMap(({ reference, distorted }) => [reference, ...distorted]),
      ...(flags.pairs === undefined ? [] : [flags.pairs]),
    ],
    runs: context.place.runs,
    force: flags.force === true,
  });
  const progress = new Progress(defined({ quiet: flags.quiet }), 'measuring', 'frames');
  const [teacher] = await readTeachers(flags.teacher ?? []);
  const request = (comparison: Comparison, done: number): ExtractRequest => ({
    ...comparison,
    ...defined({ raw: rawFormat(flags), teacher }),
    selection: selectionOf(flags),
    options: {
      ...(flags.neg === true ? NEG_OPTIONS : {}),
      motion: flags.motion,
      additive: flags.additive === true,
    },
    psnr: flags.psnr === true,
    threads: featureThreads(flags),
    signal: context.signal,
    version: context.version,
    now: () => performance.now(),
    onProgress: (frames, total) => progress.update(done + frames, comparisons.length > 1 ? null : total),
  });
  try {
    if (format === 'parquet') await writeTable(comparisons, flags, request, progress);
    else {
      const { document, failure } = await extractLog(request(comparisons[0] as Comparison, 0));
      await writeDocuments([{ path: flags.out, text: scoreText(document, format) }]);
      progress.stop();
      say(flags, document.frames.length, 'frame');
      if (failure !== undefined) throw failure;
    }
  } finally {
    progress.stop();
  }
}

/** Every pair is measured before a row is written: a table is whole or not there. */
async function writeTable(
  comparisons: readonly Comparison[],
  flags: FeaturesExtractFlags,
  request: (comparison: Comparison, done: number) => ExtractRequest,
  progress: Progress,
): Promise<void> {
  const batches: (readonly ColumnData[])[] = [];
  let rows = 0;
  let failure: CodedError | undefined;
  for (const comparison of comparisons) {
    const asked = request(comparison, rows);
    const extracted = await extractClips(asked);
    failure ??= extracted.clips.failure;
    const source = flags.source ?? basename(comparison.reference, extname(comparison.reference));
    const rowsOf = featureRowsOf(extracted, source, asked.teacher);
    batches.push(...rowsOf);
    rows += extracted.clips.frames.length * rowsOf.length;
  }
  if (failure !== undefined) throw failure;
  await writeFeatureTable({ path: flags.out, batches });
  progress.stop();
  say(flags, rows, 'row');
}

function say({ out, quiet, ...flags }: FeaturesExtractFlags, count: number, noun: string): void {
  printResult(flags, { out, [`${noun}s`]: count }, quiet === true ? [] : [`${out}: ${counted(count, noun)}`]);
}

async function comparisonsOf(flags: FeaturesExtractFlags, signal: AbortSignal): Promise<Comparison[]> {
  const { reference, distorted = [], pairs } = flags;
  if (pairs !== undefined) {
    if (reference !== undefined || distorted.length > 0)
      throw new UsageError('--pairs names the clips, expected neither --reference nor --distorted');
    return (await readPairs(pairs, signal)).map((pair) => ({
      reference: pair.reference,
      distorted: [pair.distorted],
    }));
  }
  if (reference === undefined || distorted.length === 0)
    throw new UsageError('clips are compared, expected --reference and --distorted, or --pairs');
  return [{ reference, distorted }];
}

function formatOf(out: string): ScoreFormat | 'parquet' {
  const ending = extname(out).slice(1).toLowerCase();
  const format = (['parquet', 'json', 'csv', 'xml'] as const).find((name) => name === ending);
  if (format !== undefined) return format;
  throw new UsageError(`--out must end in .parquet, .json, .csv or .xml, got ${out}`);
}
