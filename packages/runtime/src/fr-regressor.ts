import type { RegressorSidecar } from '@vqforge/artifact';
import { RuntimeError } from './errors.ts';
import type { OpenModel } from './open-model.ts';

/** Answers for N rows, in their order. */
export interface RegressorScores {
  /** [N], VMAF points within the sidecar's `output_range`. */
  readonly scores: Float32Array;
  /** [N], as the model answered. */
  readonly raw: Float32Array;
  /** Rows whose score was brought into range. */
  readonly clipped: number;
  /** Rows with a feature outside what was seen in training: there the model extrapolates. */
  readonly outOfRange: number;
}

/** Rows per run: 512 features per row in the hidden layers, 16 MiB in all. */
const ROWS_PER_RUN = 8192;

/** The regressor: libvmaf's features of a frame → the teacher's score of that frame. */
export class FrRegressor {
  readonly model: OpenModel;
  readonly #sidecar: RegressorSidecar;

  private constructor(model: OpenModel, sidecar: RegressorSidecar) {
    this.model = model;
    this.#sidecar = sidecar;
  }

  /** @throws RuntimeError WRONG_KIND when the model is none, or has no sidecar to standardise its input by */
  static of(model: OpenModel): FrRegressor {
    if (model.kind === 'fr-regressor' && model.sidecar?.task === 'feature_regression') {
      return new FrRegressor(model, model.sidecar);
    }
    throw new RuntimeError(
      'WRONG_KIND',
      `${model.path} is ${model.kind === 'lpips' ? 'an LPIPS model' : "a regressor without a sidecar of vqforge's; take it over with vqforge registry import"}, expected a regressor`,
    );
  }

  /** Names of the columns that `score` takes. */
  get featureOrder(): readonly string[] {
    return this.#sidecar.feature_order;
  }

  /**
   * Scores rows of features, as libvmaf gives them: they are standardised here, by the sidecar's statistics, in float64
   * and rounded once, as in training.
   *
   * @param features [N, F] row-major, columns in `featureOrder`, N ≥ 1
   * @throws RuntimeError INVALID_TENSOR | NOT_FINITE naming row and feature | CLOSED | RUN_FAILED
   */
  async score(features: Float32Array | Float64Array): Promise<RegressorScores> {
    const width = this.featureOrder.length;
    const rows = features.length / width;
    if (!Number.isInteger(rows) || rows === 0) {
      throw new RuntimeError(
        'INVALID_TENSOR',
        `${features.length} feature values, expected rows of ${width}: ${this.featureOrder.join(', ')}`,
      );
    }
    const { inputs, outOfRange } = this.#standardise(features);
    const raw = rows <= ROWS_PER_RUN ? await this.#run(inputs, rows) : await this.#runInParts(inputs, rows);
    return { ...clip(raw, this.#sidecar.output_range), raw, outOfRange };
  }

  async #runInParts(inputs: Float32Array, rows: number): Promise<Float32Array> {
    const width = this.featureOrder.length;
    const raw = new Float32Array(rows);
    for (let start = 0; start < rows; start += ROWS_PER_RUN) {
      const count = Math.min(ROWS_PER_RUN, rows - start);
      raw.set(await this.#run(inputs.subarray(start * width, (start + count) * width), count), start);
    }
    return raw;
  }

  async #run(data: Float32Array, rows: number): Promise<Float32Array> {
    const dims = [rows, this.featureOrder.length];
    const { score } = await this.model.run({ features: { type: 'float32', dims, data } });
    return score?.data as Float32Array;
  }

  #standardise(features: Float32Array | Float64Array): { inputs: Float32Array; outOfRange: number } {
    const { feature_mean: mean, feature_std: std, input_standardised_by: by } = this.#sidecar;
    // the bounds are of float64 values: rounded like the features, none of training's own is outside
    const round = features instanceof Float32Array ? Math.fround : (value: number): number => value;
    const low = this.#sidecar.feature_min.map(round);
    const high = this.#sidecar.feature_max.map(round);
    const width = mean.length;
    const inputs = new Float32Array(features.length);
    let outOfRange = 0;
    for (let start = 0; start < features.length; start += width) {
      let isOutside = false;
      for (let c = 0; c < width; c++) {
        const value = features[start + c] as number;
        const input = by === 'graph' ? value : (value - (mean[c] as number)) / (std[c] as number);
        if (!Number.isFinite(Math.fround(input))) throw this.#notFinite(start / width, c, value);
        inputs[start + c] = input;
        isOutside ||= value < (low[c] as number) || value > (high[c] as number);
      }
      if (isOutside) outOfRange++;
    }
    return { inputs, outOfRange };
  }

  #notFinite(row: number, column: number, value: number): RuntimeError {
    const name = this.featureOrder[column] as string;
    return new RuntimeError(
      'NOT_FINITE',
      `${name} of row ${row} is ${value}, expected a float32 number; drop the row`,
    );
  }
}

function clip(
  raw: Float32Array,
  { min, max }: RegressorSidecar['output_range'],
): { scores: Float32Array; clipped: number } {
  const [low, high] = [min ?? -Infinity, max ?? Infinity];
  const scores = new Float32Array(raw.length);
  let clipped = 0;
  for (let row = 0; row < raw.length; row++) {
    const value = raw[row] as number;
    if (Number.isNaN(value)) throw new RuntimeError('NOT_FINITE', `the model answered NaN for row ${row}`);
    scores[row] = Math.min(Math.max(value, low), high);
    if (value < low || value > high) clipped++;
  }
  return { scores, clipped };
}
