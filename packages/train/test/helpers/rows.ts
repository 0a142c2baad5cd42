import { RandomStream } from '@vqforge/base';

/** Rows that can be told apart: feature c of row r is 1000·c + r, its target is −r. */
export function numberedRows(rows: number, width = 3): { features: Float32Array; targets: Float32Array } {
  return {
    features: Float32Array.from(
      { length: rows * width },
      (_, i) => 1000 * (i % width) + Math.floor(i / width),
    ),
    targets: Float32Array.from({ length: rows }, (_, row) => -row),
  };
}

/** Standardised-looking rows with a smooth target that a network can learn. */
export function learnableRows(
  rows: number,
  width = 3,
  seed = 1,
): { features: Float32Array; targets: Float32Array } {
  const random = new RandomStream(seed, 'weight-init', 1000);
  const features = Float32Array.from({ length: rows * width }, () => 4 * random.fraction() - 2);
  const targets = Float32Array.from({ length: rows }, (_, row) => {
    const x = features.subarray(row * width, (row + 1) * width);
    return x.reduce((sum, value, c) => sum + value / (c + 1), 0) + 0.3 * x.at(0)! * x.at(1)!;
  });
  return { features, targets };
}
