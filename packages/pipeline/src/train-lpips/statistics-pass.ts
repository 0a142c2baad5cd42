import { setImmediate } from 'node:timers/promises';
import { lpipsStatisticsModel, tapChannels, type LpipsModelOptions } from '@vqforge/export';
import type { Engine, TripletStatistics } from '@vqforge/train';
import type { SetDigest } from '../bapps/digests.ts';
import type { TwoAfc } from '../bapps/two-afc.ts';
import { PipelineError } from '../errors.ts';
import { StatisticsFile } from './statistics-file.ts';
import { passTriplet } from './trunk-pass.ts';
import { tripletDigest } from './triplet-digest.ts';

/** The statistics of some sets, and what they are of. */
export interface SetStatistics extends TripletStatistics {
  /** Sets in their order, with the triplets that are used of each. */
  readonly sets: readonly { readonly set: string; readonly triplets: number }[];
  /** Content of the sets, and all of them as one. */
  readonly digests: readonly SetDigest[];
  readonly digest: string;
  /** Triplets whose images passed through the trunk now, and not before. */
  readonly computed: number;
  readonly skipped: number;
  close(): void;
}

interface StatisticsPassOptions {
  readonly engine: Engine;
  readonly dataset: TwoAfc;
  readonly trunk: Pick<LpipsModelOptions, 'net' | 'version' | 'trunk'>;
  /** File that keeps the rows; those of an earlier pass are used. */
  readonly path: string;
  readonly signal?: AbortSignal;
  readonly onTriplet?: (done: number, total: number) => void;
}

/**
 * The one pass of a training over its images: each triplet's three go through the trunk, and what the heads see of them is
 * kept. Epochs never see an image.
 *
 * @throws PipelineError INTERRUPTED, DAMAGED_DATASET, UNWRITABLE
 */
export async function statisticsPass(options: StatisticsPassOptions): Promise<SetStatistics> {
  const { engine, dataset, trunk, path, signal, onTriplet } = options;
  const channels = tapChannels(trunk.net).reduce((sum, size) => sum + size, 0);
  const file = new StatisticsFile(path, 2 * channels);
  const session = await engine.load(lpipsStatisticsModel(trunk));
  try {
    const judgements: number[] = [];
    const sets = new Map<string, number>();
    let computed = 0;
    for await (const triplet of dataset.triplets()) {
      // a turn of the event loop, so that an interrupt is heard
      await setImmediate();
      if (signal?.aborted === true)
        throw new PipelineError('INTERRUPTED', 'interrupted; the triplets done are kept for the next run');
      const row = judgements.length;
      const digest = tripletDigest(triplet);
      if (!file.has(row, digest)) {
        file.write(row, await passTriplet(session, triplet, 'statistics'), digest);
        computed++;
      }
      judgements.push(triplet.judge);
      sets.set(triplet.set, (sets.get(triplet.set) ?? 0) + 1);
      onTriplet?.(judgements.length, dataset.count);
    }
    file.truncate(judgements.length);
    return {
      count: judgements.length,
      channels,
      judgements: Float32Array.from(judgements),
      read: (triplet, target) => file.read(triplet, target),
      sets: [...sets].map(([set, triplets]) => ({ set, triplets })),
      digests: await dataset.digests(),
      digest: await dataset.digest(),
      computed,
      skipped: dataset.damaged.length,
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  } finally {
    await session.release();
  }
}
