import type { RegressorSidecar } from '@vqforge/artifact';
import { FAMILY_FACTS, isOfFamily } from '@vqforge/artifact/pinned';
import type { Tensors } from '@vqforge/ort';
import { RuntimeError } from './errors.ts';
import { firstNonFinite } from './check-tensor.ts';
import {
  type ColumnStatistics,
  columnStatistics,
  joined,
  markOutside,
  partsOf,
  standardiseColumn,
  type StandardisedRows,
  TRUST,
} from './standardised-rows.ts';
import type { OpenModel } from './verified-session.ts';

/** Answers for N rows, in their order. */
export interface RegressorScores {
  /** [N], VMAF points within the sidecar's `output_range`. */
  readonly scores: Float32Array;
  /** [N], as the model answered; the same array where nothing was clipped, as always where the graph clips. */
  readonly raw: Float32Array;
  /** Rows whose score was brought into range. */
  readonly clipped: number;
  /** [N], how far each row lies from what training saw. */
  readonly trust: Uint8Array;
  /** Rows with a feature outside the range of the table that the model was trained on. */
  readonly outOfRange: number;
  /** Those rows of `outOfRange` with a feature outside the box of the teacher probes too: there the model extrapolates. */
  readonly beyondProbes: number;
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

  /** Whether the graph brings scores into the sidecar's range itself: `raw` is `scores` then. */
  get isClippedByGraph(): boolean {
    return this.#sidecar.clip === 'graph';
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
    const inputs = this.#spare?.length === features.length ? this.#spare : new Float32Array(features.length);
    this.#spare = undefined;
    const rows = this.standardise(features, inputs);
    const [raw] = await this.run([rows]);
    this.#spare = inputs;
    return this.scoresOf(rows, raw as Float32Array);
  }

  /**
   * The first step of `score`: rows as the model takes them.
   *
   * @param features [N, F] as `score` takes them
   * @param inputs [N, F], which is filled; default: new memory
   * @throws RuntimeError INVALID_TENSOR | NOT_FINITE naming row and feature
   */
  standardise(
    features: Float32Array | Float64Array,
    inputs: Float32Array = new Float32Array(features.length),
  ): StandardisedRows {
    const columns = features instanceof Float32Array ? this.#float32 : this.#float64;
    const rows = features.length / columns.length;
    if (!Number.isInteger(rows) || rows === 0) {
      throw new RuntimeError(
        'INVALID_TENSOR',
        `${features.length} feature values, expected rows of ${columns.length}: ${this.featureOrder.join(', ')}`,
      );
    }
    let outside = 0;
    for (let offset = 0; offset < columns.length; offset++) {
      const column = columns[offset] as ColumnStatistics;
      outside += standardiseColumn(features, column, offset, columns.length, inputs);
    }
    const trust = new Uint8Array(rows);
    if (outside === 0) return { inputs, trust };
    const at = firstNonFinite(inputs);
    if (at >= 0) throw this.#notFinite(at, features[at] as number);
    markOutside(features, columns, trust);
    return { inputs, trust };
  }

  /**
   * The second step of `score`, for the rows of several callers at once: their runs are one, as long as it stays small.
   *
   * @returns for each group what the model answered, [N]
   * @throws RuntimeError CLOSED | RUN_FAILED
   */
  async run(groups: readonly StandardisedRows[]): Promise<Float32Array[]> {
    return this.runAtOnce(groups) ?? partsOf(await this.#runRows(joined(groups)), groups);
  }

  /**
   * `run`, over when it returns.
   *
   * @returns undefined where there is no such run: of a model that was not opened with `atOnce` or is not native, or for rows that
   * one run does not hold
   * @throws RuntimeError CLOSED | RUN_FAILED
   */
  runAtOnce(groups: readonly StandardisedRows[]): Float32Array[] | undefined {
    const inputs = joined(groups);
    if (inputs.length > ROWS_PER_RUN * this.featureOrder.length) return undefined;
    const outputs = this.model.runAtOnce(this.#feeds(inputs), true);
    return outputs === undefined ? undefined : partsOf(outputs['score']?.data as Float32Array, groups);
  }

  /**
   * The third step of `score`.
   *
   * @param raw what `run` gave for these rows
   * @throws RuntimeError RUN_FAILED where it is NaN
   */
  scoresOf({ trust }: StandardisedRows, raw: Float32Array): RegressorScores {
    let outOfRange = 0;
    let beyondProbes = 0;
    for (const value of trust) {
      if (value >= TRUST.inProbes) outOfRange++;
      if (value >= TRUST.beyond) beyondProbes++;
    }
    const { scores, clipped } = clip(raw, this.#sidecar.output_range);
    return { scores, raw, clipped, trust, outOfRange, beyondProbes };
  }

  async #runRows(inputs: Float32Array): Promise<Float32Array> {
    const width = this.featureOrder.length;
    const perRun = ROWS_PER_RUN * width;
    if (inputs.length <= perRun) return this.#runOnce(inputs);
    const raw = new Float32Array(inputs.length / width);
    for (let start = 0; start < inputs.length; start += perRun)
      raw.set(await this.#runOnce(inputs.subarray(start, start + perRun)), start / width);
    return raw;
  }

  async #runOnce(inputs: Float32Array): Promise<Float32Array> {
    const { score } = await this.model.run(this.#feeds(inputs), undefined, true);
    return score?.data as Float32Array;
  }

  #feeds(data: Float32Array): Tensors {
    const width = this.featureOrder.length;
    return { features: { type: 'float32', dims: [data.length / width, width], data } };
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

/** Without anything to clip, which is the rule, `scores` is `raw` itself. */
function clip(
  raw: Float32Array,
  { min, max }: RegressorSidecar['output_range'],
): Pick<RegressorScores, 'scores' | 'clipped'> {
  const [low, high] = [min ?? -Infinity, max ?? Infinity];
  let clipped = 0;
  for (let row = 0; row < raw.length; row++) {
    const value = raw[row] as number;
    if (!(value >= low && value <= high)) clipped++;
  }
  if (clipped === 0) return { scores: raw, clipped };
  const row = raw.findIndex((value) => Number.isNaN(value));
  if (row >= 0) throw new RuntimeError('RUN_FAILED', `the model answered NaN for row ${row}`);
  return { scores: raw.map((value) => Math.min(Math.max(value, low), high)), clipped };
}
