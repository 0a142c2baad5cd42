import { LPIPS } from '@vqforge/export';
import type { EngineName } from '@vqforge/artifact';
import { tripletDistances } from '@vqforge/train';
import type { TwoAfc } from '@vqforge/bapps';
import { PipelineError } from '../errors.ts';
import type { SetStatistics } from './statistics-pass.ts';
import { TripletSession } from './trunk-pass.ts';

/** Triplets that are tried: the exported graph is held against its definition on other images too. */
const MOST_TRIPLETS = 32;

/** Float32 rounding of a distance near 1: sums of some thousand terms, in two orders. */
const TOLERANCE = 1e-6;

export interface StatisticsParity {
  /** Largest difference, as a share of the distance where that is above 1. */
  readonly max_error: number;
  readonly tolerance: number;
  readonly triplets: number;
}

/**
 * Holds the distances that heads were judged by, which come from statistics, against those of the exported graph on the
 * first validation triplets.
 *
 * @throws PipelineError PARITY_FAILED
 */
export async function statisticsParity(
  engine: EngineName,
  onnx: Uint8Array,
  heads: Float32Array,
  dataset: TwoAfc,
  statistics: SetStatistics,
): Promise<StatisticsParity> {
  const count = Math.min(MOST_TRIPLETS, statistics.count);
  const { d0, d1 } = tripletDistances({ ...statistics, count }, heads);
  const session = await TripletSession.open(onnx, engine, LPIPS.outputName);
  let worst = 0;
  let triplets = 0;
  try {
    for await (const triplet of dataset.triplets()) {
      const scores = await session.pass(triplet);
      for (const [image, distances] of [d0, d1].entries()) {
        const expected = distances[triplets] as number;
        const error = Math.abs((scores[image] as number) - expected) / Math.max(1, expected);
        if (!(error <= worst)) worst = error;
      }
      if (++triplets === count) break;
    }
  } finally {
    await session.close();
  }
  if (!(worst <= TOLERANCE))
    throw new PipelineError(
      'PARITY_FAILED',
      `distances of the exported graph differ by ${worst} from those that the heads were judged by on ${triplets} triplets, at most ${TOLERANCE} is allowed; nothing was published`,
    );
  return { max_error: worst, tolerance: TOLERANCE, triplets };
}
