import { FEATURE_VALUES, type FrameFeatures, TEACHER_FEATURES } from '@vqforge/features';
import type { FrRegressor } from '@vqforge/runtime';
import { poolScores, type PooledScores } from '@vqforge/score/pure';
import type { ShownRows } from './score-calls.ts';

/** Everything that a run shows, kept to be pooled: [metric][rendition][row]. */
export class ShownMetrics {
  readonly #renditions: number;
  readonly #values = new Map<string, number[][]>();

  constructor(renditions: number) {
    this.#renditions = renditions;
  }

  /** Keeps rows, and gives them back. */
  keep(rows: ShownRows): ShownRows {
    for (const [at, metric] of rows.metrics.entries()) {
      const columns = this.#values.get(metric) ?? Array.from({ length: this.#renditions }, () => []);
      this.#values.set(metric, columns);
      columns.forEach((column, rendition) => column.push(...(rows.values[at]?.[rendition] ?? [])));
    }
    return rows;
  }

  /** Pooled scores of each metric, a value per rendition. */
  pooled(): Map<string, PooledScores[]> {
    return new Map([...this.#values].map(([metric, columns]) => [metric, columns.map(poolScores)]));
  }
}

/** The regressor's score of measured frames, and the features that it is made of. */
export async function featureRowsShown(
  regressor: FrRegressor,
  frames: readonly FrameFeatures[],
  renditions: number,
): Promise<ShownRows> {
  const metrics = [regressor.model.id ?? 'score', ...TEACHER_FEATURES];
  const values: number[][][] = metrics.map(() => []);
  for (let at = 0; at < renditions; at++) {
    const read = (name: string): number[] =>
      frames.map(({ motion, renditions: pairs }) => {
        const pair = pairs[at];
        return pair === undefined ? NaN : (FEATURE_VALUES.get(name)?.({ motion, pair }) ?? NaN);
      });
    const columns = regressor.featureOrder.map(read);
    const features = Float64Array.from(
      frames.flatMap((_, row) => columns.map((column) => column[row] ?? NaN)),
    );
    values[0]?.push(Array.from((await regressor.score(features)).scores));
    TEACHER_FEATURES.forEach((name, metric) => values[metric + 1]?.push(read(name)));
  }
  return { frames: frames.map(({ index }) => index), metrics, values };
}
