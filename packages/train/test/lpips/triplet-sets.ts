import type { TripletStatistics } from '../../src/lpips/triplets.ts';
import { RandomStream } from '@vqforge/base';

/** Statistics of triplets in memory. */
export function inMemory(rows: Float32Array, channels: number, judgements: Float32Array): TripletStatistics {
  return {
    count: judgements.length,
    channels,
    judgements,
    read: (triplet, target) =>
      target.set(rows.subarray(2 * channels * triplet, 2 * channels * (triplet + 1))),
  };
}

/** Triplets whose people see with known heads: they prefer the image that is closer under these, all of them. */
export function judgedBy(heads: Float32Array, count: number, seed: number): TripletStatistics {
  const channels = heads.length;
  const random = new RandomStream(seed, 'weight-init', 7);
  const rows = Float32Array.from({ length: 2 * channels * count }, () => random.fraction());
  const judgements = new Float32Array(count);
  for (let triplet = 0; triplet < count; triplet++) {
    let difference = 0;
    for (let c = 0; c < channels; c++) {
      const at = 2 * channels * triplet + c;
      difference += (heads[c] as number) * ((rows[at] as number) - (rows[at + channels] as number));
    }
    judgements[triplet] = difference > 0 ? 1 : 0;
  }
  return inMemory(rows, channels, judgements);
}
