import type { Engine, Float32Tensor } from './engine.ts';

/** Rows per engine run: 256 KiB of input for six features. */
const ROWS_PER_RUN = 8192;

/**
 * Scores of an inference model (`features` [N, F] → `score` [N]) on the given rows, in their order.
 * @param inputs standardised features of some rows, [rows, F] row-major
 */
export async function predict(
  engine: Engine,
  model: Uint8Array,
  inputs: (rows: Uint32Array) => Float32Array,
  rows: Uint32Array,
): Promise<Float32Array> {
  const session = await engine.load(model);
  try {
    const scores = new Float32Array(rows.length);
    for (let start = 0; start < rows.length; start += ROWS_PER_RUN) {
      const part = rows.subarray(start, start + ROWS_PER_RUN);
      const data = inputs(part);
      const { score } = await session.run({
        features: { data, dims: [part.length, data.length / part.length] },
      });
      scores.set((score as Float32Tensor).data, start);
    }
    return scores;
  } finally {
    await session.release();
  }
}
