import { counted, defined } from '@vqforge/base';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import {
  completeMeasurement,
  CorpusError,
  CorpusFolder,
  haveEndedIn,
  queueRunner,
  queueUrl,
  runCorpus,
  type CorpusRunResult,
} from '@vqforge/corpus';
import { readTeacherFile } from '@vqforge/weights';
import type { CommandContext } from '../command-shape.ts';
import type { CorpusRunFlags } from '../commands/corpus.ts';
import { assemblyLines } from '../corpus-lines.ts';
import { lpipsPlace } from '../corpus-lpips.ts';
import { queueTrouble } from '../queue-trouble.ts';
import type { FeatureFlag } from '../feature-flag.ts';
import { Progress } from '../progress.ts';
import { printResult, shownPath } from '../terminal-text.ts';
import { weightsCache } from '../workspace-defaults.ts';

/** `vqforge corpus run`. @throws CorpusError DEAD_LETTERS, after the result is printed, where pairs were given up */
export async function corpusRunCommand(
  manifest: string,
  flags: CorpusRunFlags,
  context: CommandContext,
): Promise<void> {
  const reading = new Progress(flags, 'reading', 'clips');
  const measuring = new Progress(flags, 'measuring', 'pairs');
  const folder = new CorpusFolder(flags.out);
  const [named] = flags.teacher ?? [];
  const teacher = named === undefined ? undefined : await readTeacherFile(named.teacher, weightsCache());
  const features: readonly FeatureFlag[] = flags.feature ?? [];
  const lpips = lpipsPlace(
    features.find(({ name }) => name === 'lpips'),
    flags,
    context,
  );
  const queue = flags.queue === undefined ? undefined : queueUrl(flags.queue);
  const completed = await completeMeasurement({
    motion: flags.motion,
    neg: flags.neg === true,
    additive: flags.additive === true,
    psnr: features.some(({ name }) => name === 'psnr'),
    scale: flags.scale === true,
    subsample: flags.subsample,
    ...defined({ teacher, lpips }),
  });
  const result = await runCorpus({
    manifest,
    folder,
    ...completed,
    ...defined({ teacher: teacher?.bytes, lpips, share: flags.shard }),
    workers: flags.workers ?? availableParallelism(),
    attempts: flags.attempts,
    timeoutMs: 1000 * flags.timeout,
    ...(queue === undefined
      ? {}
      : {
          runner: (_recorded, progress) =>
            queueRunner({
              place: queue,
              haveEnded: haveEndedIn(folder),
              signal: context.signal,
              onProgress: progress,
              onTrouble: queueTrouble(queue, measuring),
            }),
        }),
    signal: context.signal,
    observer: {
      digests: (done, total) => reading.update(done, total),
      plan: ({ pairs, jobs, known, dead }) => {
        reading.stop();
        measuring.line(
          `${counted(pairs, 'pair')}, ${jobs - known - dead} to measure${known === 0 ? '' : `, ${known} measured before`}${dead === 0 ? '' : `, ${dead} given up before (vqforge corpus retry tries them again)`}`,
        );
        if (queue !== undefined)
          measuring.line(
            `${queue.store === 'postgres' ? 'queues on PostgreSQL are experimental; ' : ''}workers: vqforge corpus worker ${shownPath(folder.path)} --queue ${queue.shown}`,
          );
      },
      job: (done, total) => measuring.update(done, total),
    },
  }).finally(() => {
    reading.stop();
    measuring.stop();
  });
  report(result, flags);
}

function report({ plan, dead, missing, assembly }: CorpusRunResult, flags: CorpusRunFlags): void {
  const lines =
    assembly === undefined
      ? [
          `${counted(plan.jobs - dead.length, 'result')} in ${shownPath(resolve(flags.out))}; ${counted(missing, 'pair')} of the corpus ${missing === 1 ? 'has' : 'have'} none yet`,
        ]
      : assemblyLines(assembly, flags.teacher === undefined);
  const { table, sha256, rows } = assembly ?? {};
  printResult(flags, { ...plan, missing, dead_letters: dead, table, sha256, rows }, lines);
  if (dead.length === 0) return;
  const named = dead
    .slice(0, MOST_NAMED)
    .map(({ code, message, attempts }) => `${code} after ${counted(attempts, 'attempt')}: ${message}`);
  throw new CorpusError(
    'DEAD_LETTERS',
    `${counted(dead.length, 'pair')} ${dead.length === 1 ? 'was' : 'were'} given up: ${named.join('; ')}${dead.length > MOST_NAMED ? `; and ${dead.length - MOST_NAMED} more` : ''} (vqforge corpus status ${shownPath(resolve(flags.out))})`,
  );
}

/** Failures that one line names. */
const MOST_NAMED = 5;
