import { float32Tensor, type Engine, type Float32Tensor, type Tensors } from '@vqforge/ort';
import { openTrainingSession } from './training-session.ts';

/** Rows per engine run: 256 KiB of input for six features. */
const ROWS_PER_RUN = 8192;

/** Standardised features of some rows, [rows, F] row-major. */
export type InputsOf = (rows: Uint32Array) => Float32Array;

/** Scores of an inference model (`features` [N, F] → `score` [N]) on the given rows, in their order. */
export function predict(
  engine: Engine,
  model: Uint8Array,
  inputs: InputsOf,
  rows: Uint32Array,
): Promise<Float32Array> {
  return runChunked(engine, model, inputs, rows, (features) => ({ features }), 'score');
}

/** Predicts with the training graph itself and trained parameters (network.ts), on the scale of its targets. */
export function predictTrained(
  engine: Engine,
  predictionModel: Uint8Array,
  parameters: Float32Array,
  inputs: InputsOf,
  rows: Uint32Array,
): Promise<Float32Array> {
  const state = float32Tensor(parameters, [parameters.length]);
  return runChunked(engine, predictionModel, inputs, rows, (x) => ({ x, parameters: state }), 'prediction');
}

async function runChunked(
  engine: Engine,
  model: Uint8Array,
  inputs: InputsOf,
  rows: Uint32Array,
  feeds: (features: Float32Tensor) => Tensors,
  output: string,
): Promise<Float32Array> {
  const session = await openTrainingSession(engine, model);
  try {
    const scores = new Float32Array(rows.length);
    for (let start = 0; start < rows.length; start += ROWS_PER_RUN) {
      const part = rows.subarray(start, start + ROWS_PER_RUN);
      const data = inputs(part);
      const fetches: Tensors = await session.run(
        feeds(float32Tensor(data, [part.length, data.length / part.length])),
      );
      scores.set((fetches[output] as Float32Tensor).data, start);
    }
    return scores;
  } finally {
    await session.release();
  }
}
