import type { TripletStatistics } from '@vqforge/train';
import { inOrder } from '@vqforge/base';
import type { Triplet, TwoAfc } from '@vqforge/bapps';
import { PipelineError } from '../errors.ts';
import { StatisticsFile } from './statistics-file.ts';
import type { StatisticsIndex } from '@vqforge/artifact';
import { readIndex, writeIndex } from './statistics-index.ts';
import { tripletDigest } from './triplet-digest.ts';
import type { TripletSessions } from './trunk-pass.ts';

/** The statistics of some sets, and what they are of. */
export interface SetStatistics extends TripletStatistics, StatisticsIndex {
  /** Content of all sets. */
  readonly digest: string;
  /** Triplets whose images passed through the trunk now, and not before. */
  readonly computed: number;
  close(): void;
}

interface StatisticsPassOptions {
  /** Sessions of `lpipsStatisticsModel`. */
  readonly sessions: TripletSessions;
  /** Channels of all taps together. */
  readonly channels: number;
  readonly dataset: TwoAfc;
  /** File that keeps the rows; those of an earlier pass are used. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  readonly onTriplet?: (done: number, total: number) => void;
}

/**
 * The one pass of a training over its images: each triplet's three go through the trunk, and what the heads see of them is
 * kept. Epochs never see an image. After a whole pass over the same files their pictures are not even decoded again.
 *
 * @throws PipelineError INTERRUPTED, DAMAGED_DATASET, UNWRITABLE
 */
export async function statisticsPass(options: StatisticsPassOptions): Promise<SetStatistics> {
  const { dataset, channels, path } = options;
  const file = new StatisticsFile(path, 2 * channels + 1);
  try {
    const kept = await readIndex(path, dataset);
    const count = kept?.sets.reduce((sum, { triplets }) => sum + triplets, 0) ?? 0;
    const isKept = kept !== undefined && file.rows >= count;
    const { index, computed } = isKept ? { index: kept, computed: 0 } : await pass(options, file);
    const judgements = new Float32Array(isKept ? count : file.rows);
    for (let row = 0; row < judgements.length; row++)
      file.read(row, judgements.subarray(row, row + 1), 2 * channels);
    return {
      ...index,
      count: judgements.length,
      channels,
      judgements,
      read: (triplet, target) => file.read(triplet, target),
      digest: await dataset.digest(),
      computed,
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

async function pass(
  { sessions, dataset, path, signal, onTriplet }: StatisticsPassOptions,
  file: StatisticsFile,
): Promise<{ readonly index: StatisticsIndex; readonly computed: number }> {
  const running = new Set<Promise<string>>();
  let next = 0;
  let computed = 0;
  const work = async (triplet: Triplet, row: number): Promise<string> => {
    const digest = tripletDigest(triplet);
    if (!file.has(row, digest)) {
      const statistics = await sessions.pass(triplet);
      file.write(row, Float32Array.from([...statistics, triplet.judge]), digest);
      computed++;
    }
    return triplet.set;
  };
  const start = (triplet: Triplet): Promise<string> => {
    const task = work(triplet, next++);
    running.add(task);
    const end = (): void => void running.delete(task);
    task.then(end, end);
    return task;
  };
  try {
    const sets = new Map<string, number>();
    let done = 0;
    // one run under way and one that waits for it, in each session
    for await (const set of inOrder(dataset.triplets(), 2 * sessions.count, start)) {
      if (signal?.aborted === true)
        throw new PipelineError('INTERRUPTED', 'interrupted; the triplets done are kept for the next run');
      sets.set(set, (sets.get(set) ?? 0) + 1);
      onTriplet?.(++done, dataset.count);
    }
    file.truncate(done);
    const index: StatisticsIndex = {
      digests: await dataset.digests(),
      sets: [...sets].map(([set, triplets]) => ({ set, triplets })),
      skipped: dataset.damaged.length,
    };
    await writeIndex(path, index);
    return { index, computed };
  } finally {
    // the file and the sessions are in use until then
    await Promise.allSettled(running);
  }
}
