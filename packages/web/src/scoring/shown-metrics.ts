import { FEATURE_VALUES, type FrameFeatures, TEACHER_FEATURES } from '@vqforge/features';
import type { FrRegressor } from '@vqforge/runtime';
import { poolScores, type PooledScores } from '@vqforge/score/pure';
import type { ShownRows } from './score-calls.ts';

/** What is shown of measured frames as they come: the regressor's score first, then its features. */
export class ShownMetrics {
  readonly #regressor: FrRegressor;
  readonly #metrics: readonly string[];
  /** [metric][rendition][row] */
  readonly #values: readonly (readonly number[][])[];

  constructor(regressor: FrRegressor, renditions: number) {
    this.#regressor = regressor;
    this.#metrics = [regressor.model.id ?? 'score', ...TEACHER_FEATURES];
    this.#values = this.#metrics.map(() => Array.from({ length: renditions }, () => []));
  }

  /** Values of the frames that come next, which are kept. */
  async rows(frames: readonly FrameFeatures[]): Promise<ShownRows> {
    const renditions = this.#values[0]?.length ?? 0;
    const columns: number[][][] = this.#metrics.map(() => []);
    for (let at = 0; at < renditions; at++) {
      const rows = frames.map(({ motion, renditions: pairs }) => {
        const pair = pairs[at];
        return pair === undefined ? [] : TEACHER_FEATURES.map((name) => read(name, { motion, pair }));
      });
      const scores = await this.#score(rows);
      columns[0]?.push(scores);
      TEACHER_FEATURES.forEach((_, column) =>
        columns[column + 1]?.push(rows.map((row) => row[column] as number)),
      );
    }
    columns.forEach((renditionValues, metric) =>
      renditionValues.forEach((values, at) => this.#values[metric]?.[at]?.push(...values)),
    );
    return { frames: frames.map(({ index }) => index), metrics: this.#metrics, values: columns };
  }

  /** Pooled scores of all values that were shown: [metric][rendition]. */
  pooled(): PooledScores[][] {
    return this.#values.map((renditions) => renditions.map(poolScores));
  }

  async #score(rows: readonly (readonly number[])[]): Promise<number[]> {
    const order = this.#regressor.featureOrder.map((name) =>
      (TEACHER_FEATURES as readonly string[]).indexOf(name),
    );
    const features = Float64Array.from(rows.flatMap((row) => order.map((column) => row[column] ?? NaN)));
    return Array.from((await this.#regressor.score(features)).scores);
  }
}

function read(
  name: string,
  measured: Parameters<NonNullable<ReturnType<typeof FEATURE_VALUES.get>>>[0],
): number {
  return FEATURE_VALUES.get(name)?.(measured) ?? NaN;
}
