import { RandomStream } from '@vqforge/base';
import type { TrainingData } from '@vqforge/train';

/** A small table with scores on the VMAF scale; rows of the sources lie interleaved. */
export function smallTable(names: readonly string[], rowsPerSource = 40, width = 3): TrainingData {
  const random = new RandomStream(42, 'weight-init', 1001);
  const rows = names.length * rowsPerSource;
  const features = Array.from({ length: width }, (_, c) =>
    Float64Array.from({ length: rows }, () => 10 ** c * random.fraction()),
  );
  const target = Float64Array.from({ length: rows }, (_, row) => {
    const sum = features.reduce((total, column, c) => total + column.at(row)! / 10 ** c, 0);
    return Math.min(100, 20 + (90 * sum) / width + random.fraction());
  });
  return {
    features,
    target,
    source: { names, codes: Uint32Array.from({ length: rows }, (_, row) => row % names.length) },
  };
}
