import { FAMILY_FACTS, isOfFamily, type RegressorSidecar } from '@vqforge/artifact';
import { RuntimeError } from './errors.ts';
import type { OpenModel } from './verified-session.ts';
import { firstNonFinite } from './check-tensor.ts';

/** Answers for N rows, in their order. */
export interface RegressorScores {
  /** [N], VMAF points within the sidecar's `output_range`. */
  readonly scores: Float32Array;
  /** [N], as the model answered; the same array where nothing was clipped. */
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
  readonly #float32: readonly ColumnStatistics[];
  readonly #float64: readonly ColumnStatistics[];
  /** Inputs of the last call, for one of the same size: to get memory takes as long as to fill it. */
  #spare: Float32Array | undefined;

  private constructor(model: OpenModel, sidecar: RegressorSidecar) {
    this.model = model;
    this.#sidecar = sidecar;
    this.#float32 = columnStatistics(sidecar, Math.fround);
    this.#float64 = columnStatistics(sidecar, (value) => value);
  }

  /** @throws RuntimeError WRONG_KIND when the model is none, or has no sidecar to standardise its input by */
  static of(model: OpenModel): FrRegressor {
    if (isOfFamily('fr-regressor', model.sidecar)) {
      return new FrRegressor(model, model.sidecar);
    }
    throw new RuntimeError(
      'WRONG_KIND',
      `${model.path} is ${model.kind !== 'fr-regressor' ? FAMILY_FACTS[model.kind].title : "a regressor without a sidecar of vqforge's; take it over with vqforge registry import"}, expected a regressor`,
    );
  }

  /** The model that the regressor was taught by, null where its table named none. */
  get teacherModel(): string | null {
    return this.#sidecar.teacher.model;
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
    const inputs = this.#spare?.length === features.length ? this.#spare : new Float32Array(features.length);
    this.#spare = undefined;
    const outOfRange = this.#standardise(features, inputs);
    const raw = await (rows <= ROWS_PER_RUN ? this.#run(inputs, rows) : this.#runInParts(inputs, rows));
    this.#spare = inputs;
    return clip(raw, this.#sidecar.output_range, outOfRange);
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
    const { score } = await this.model.run({ features: { type: 'float32', dims, data } }, undefined, true);
    return score?.data as Float32Array;
  }

  /** Fills `inputs`; tells how many rows are out of range. */
  #standardise(features: Float32Array | Float64Array, inputs: Float32Array): number {
    const columns = features instanceof Float32Array ? this.#float32 : this.#float64;
    let outside = 0;
    for (let offset = 0; offset < columns.length; offset++) {
      const column = columns[offset] as ColumnStatistics;
      outside += standardiseColumn(features, column, offset, columns.length, inputs);
    }
    if (outside === 0) return 0;
    const at = firstNonFinite(inputs);
    if (at >= 0) throw this.#notFinite(at, features[at] as number);
    return rowsOutside(features, columns);
  }

  #notFinite(at: number, value: number): RuntimeError {
    const width = this.featureOrder.length;
    const [name, row] = [this.featureOrder[at % width], Math.floor(at / width)];
    return new RuntimeError(
      'NOT_FINITE',
      `${name} of row ${row} is ${value}, expected a float32 number; drop the row`,
    );
  }
}

/** What one feature is standardised by, and the range that was seen in training. */
interface ColumnStatistics {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/**
 * A function of its own, which is compiled once: it is most of what a call costs beside the model.
 *
 * @param offset of the column within a row of `width` columns
 * @returns how many values are not inside the range: those outside, and NaN
 */
function standardiseColumn(
  features: Float32Array | Float64Array,
  { mean, std, min, max }: ColumnStatistics,
  offset: number,
  width: number,
  inputs: Float32Array,
): number {
  let outside = 0;
  for (let i = offset; i < features.length; i += width) {
    const value = features[i] as number;
    inputs[i] = (value - mean) / std;
    if (!(value >= min && value <= max)) outside++;
  }
  return outside;
}

function rowsOutside(features: Float32Array | Float64Array, columns: readonly ColumnStatistics[]): number {
  let rows = 0;
  for (let start = 0; start < features.length; start += columns.length) {
    const isOutside = columns.some(({ min, max }, column) => {
      const value = features[start + column] as number;
      return value < min || value > max;
    });
    if (isOutside) rows++;
  }
  return rows;
}

/** @param round what the features went through: none of training's own is outside bounds that are rounded alike */
function columnStatistics(sidecar: RegressorSidecar, round: (value: number) => number): ColumnStatistics[] {
  const isGraphs = sidecar.input_standardised_by === 'graph';
  return sidecar.feature_order.map((_, column) => ({
    mean: isGraphs ? 0 : (sidecar.feature_mean[column] as number),
    std: isGraphs ? 1 : (sidecar.feature_std[column] as number),
    min: round(sidecar.feature_min[column] as number),
    max: round(sidecar.feature_max[column] as number),
  }));
}

/** Without anything to clip, which is the rule, `scores` is `raw` itself. */
function clip(
  raw: Float32Array,
  { min, max }: RegressorSidecar['output_range'],
  outOfRange: number,
): RegressorScores {
  const [low, high] = [min ?? -Infinity, max ?? Infinity];
  let clipped = 0;
  for (let row = 0; row < raw.length; row++) {
    const value = raw[row] as number;
    if (!(value >= low && value <= high)) clipped++;
  }
  if (clipped === 0) return { scores: raw, raw, clipped, outOfRange };
  const row = raw.findIndex((value) => Number.isNaN(value));
  if (row >= 0) throw new RuntimeError('RUN_FAILED', `the model answered NaN for row ${row}`);
  return { scores: raw.map((value) => Math.min(Math.max(value, low), high)), raw, clipped, outOfRange };
}
