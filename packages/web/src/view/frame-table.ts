import type { PooledScores } from '@vqforge/score/pure';
import type { ShownRows } from '../scoring/score-calls.ts';
import { metricOrder } from './metric-names.ts';

/** The values of a run that are shown, frame by frame. */
export class FrameTable {
  readonly renditions: readonly string[];
  readonly frames: number[] = [];
  readonly #values = new Map<string, number[][]>();
  readonly #pooled = new Map<string, readonly PooledScores[]>();

  /** @param renditions their names */
  constructor(renditions: readonly string[]) {
    this.renditions = renditions;
  }

  get metrics(): string[] {
    return [...this.#values.keys()].sort((a, b) => metricOrder(a) - metricOrder(b));
  }

  /** Appends rows; metrics that are new begin at the first row. */
  add({ frames, metrics, values }: ShownRows): void {
    this.#addFrames(frames);
    for (const [at, metric] of metrics.entries()) {
      const columns = this.#values.get(metric) ?? this.renditions.map(() => []);
      this.#values.set(metric, columns);
      columns.forEach((column, rendition) => column.push(...(values[at]?.[rendition] ?? [])));
    }
  }

  /** [row] of one metric and rendition; shorter than `frames` while a run goes on. */
  column(metric: string, rendition: number): readonly number[] {
    return this.#values.get(metric)?.[rendition] ?? [];
  }

  setPooled(pooled: ReadonlyMap<string, readonly PooledScores[]>): void {
    for (const [metric, scores] of pooled) this.#pooled.set(metric, scores);
  }

  pooled(metric: string, rendition: number): PooledScores | undefined {
    return this.#pooled.get(metric)?.[rendition];
  }

  #addFrames(frames: readonly number[]): void {
    const last = this.frames.at(-1) ?? -1;
    this.frames.push(...frames.filter((frame) => frame > last));
  }
}
