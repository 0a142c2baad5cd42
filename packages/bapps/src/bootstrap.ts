import { createHash } from 'node:crypto';
import { RandomStream } from '@vqforge/base';
import { averagePrecision, mean } from './scores.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How far scores would scatter over other triplets of the same kind: resampling with replacement. */
export interface Bootstrap {
  /** Resamples of each set. */
  readonly resamples: number;
  readonly seed: number;
}

/** With 1000 resamples a limit scatters by 0.085 standard errors: √(0.025 · 0.975 / 1000) over the normal density there. */
export const BOOTSTRAP: Bootstrap = { resamples: 1000, seed: 0 };

/** Means of resampled values. @param name of the set: its numbers are a function of it and of the seed alone */
export function resampledMeans(values: Float64Array, name: string, bootstrap: Bootstrap): Float64Array {
  const random = streamOf(name, bootstrap);
  return Float64Array.from({ length: bootstrap.resamples }, () => {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw++) sum += values[random.below(values.length)] as number;
    return sum / values.length;
  });
}

/** Average precisions of resampled pairs. @param same in order of distance, as for `averagePrecision` */
export function resampledPrecisions(same: Float64Array, name: string, bootstrap: Bootstrap): Float64Array {
  const random = streamOf(name, bootstrap);
  const times = new Uint32Array(same.length);
  return Float64Array.from({ length: bootstrap.resamples }, () => {
    times.fill(0);
    for (let draw = 0; draw < same.length; draw++) {
      const place = random.below(same.length);
      times[place] = (times[place] as number) + 1;
    }
    return averagePrecision(same, times);
  });
}

/** Means over sets, resample by resample: the sets are resampled independently of each other. */
export function meansOverSets(sets: readonly Float64Array[]): Float64Array {
  return Float64Array.from(sets[0] as Float64Array, (_, at) => mean(sets.map((set) => set[at] as number)));
}

/**
 * The middle 95 % of resampled scores: percentiles 2.5 and 97.5, interpolated as R's type 7 and NumPy do. Resamples
 * without a score (NaN) do not count.
 */
export function interval95(resampled: Float64Array): Interval | null {
  const sorted = resampled.filter((score) => !Number.isNaN(score)).sort();
  if (sorted.length === 0) return null;
  const percentile = (fraction: number): number => {
    const place = fraction * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
    return below + (above - below) * (place - Math.floor(place));
  };
  return { low: percentile(0.025), high: percentile(0.975) };
}

function streamOf(name: string, { seed }: Bootstrap): RandomStream {
  return new RandomStream(seed, 'bootstrap', createHash('sha256').update(name).digest().readInt32LE());
}
