import type { OpenModel } from '@vqforge/runtime/node';
import type { ModelFacts, TeacherFacts } from './score-document.ts';

/** Which frame a row of scores is of. */
export interface FrameKey {
  readonly frameNum: number;
  /** Source and clip of the row, for a feature table, which holds many clips. */
  readonly source?: string;
  readonly dis_basename?: string;
  /** Where frames are paired by time: the number of each rendition's frame. */
  readonly paired?: readonly number[];
}

/** The answers of one model or measure: a column per metric, each with a value per frame. */
export interface MetricColumns {
  readonly frames: readonly FrameKey[];
  readonly columns: ReadonlyMap<string, ArrayLike<number>>;
  /** Where the features of each frame lie, as `TRUST` numbers it: for each metric of a regressor. */
  readonly trust?: ReadonlyMap<string, Uint8Array>;
  /** The model that answered, where it was one of the registry. */
  readonly model?: ModelFacts;
  /** The teacher that answered, where it was one of libvmaf's models. */
  readonly teacher?: TeacherFacts;
}

/** `lpips` for one clip; `lpips_0`, `lpips_1`, … for a ladder, in the order of its renditions. */
export function metricNames(base: string, clips: number): string[] {
  return clips === 1 ? [base] : Array.from({ length: clips }, (_, at) => `${base}_${at}`);
}

/** The facts of a model that a document of scores states. */
export function modelFacts(
  { id, path, kind, digest, provider }: OpenModel,
  metrics: readonly string[],
): ModelFacts {
  return { id, ...(id === null ? { path } : {}), kind, sha256: digest, provider, metrics };
}

/** When an input fails in mid-clip, one part may have a frame more than another: the frames that all have. */
export function ofCommonFrames(parts: readonly MetricColumns[]): MetricColumns[] {
  const rows = Math.min(...parts.map(({ frames }) => frames.length));
  return parts.map((part) =>
    part.frames.length === rows
      ? part
      : {
          ...part,
          frames: part.frames.slice(0, rows),
          columns: new Map(
            [...part.columns].map(([name, values]) => [name, Array.from(values).slice(0, rows)]),
          ),
        },
  );
}

/** The values that libvmaf pools over the frames of a clip, and percentiles of the same scores. */
export interface PooledScores {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Null where a value is −1 or less: the definition divides by value + 1. */
  readonly harmonic_mean: number | null;
  readonly p1: number;
  readonly p5: number;
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * Minimum, maximum, arithmetic mean, libvmaf's harmonic mean n / Σ 1/(value + 1) − 1, and percentiles with linear
 * interpolation between order statistics (type 7 of Hyndman and Fan, NumPy's default).
 *
 * @param values one finite value per scored frame, at least one
 * @see https://github.com/Netflix/vmaf/blob/master/libvmaf/src/libvmaf.c vmaf_feature_score_pooled
 * @example poolScores([0, 1, 3]).harmonic_mean // => 0.7142857142857142
 */
export function poolScores(values: readonly number[]): PooledScores {
  const sorted = Float64Array.from(values).sort();
  const percentile = (percent: number): number => {
    const at = ((sorted.length - 1) * percent) / 100;
    const below = Math.floor(at);
    const low = sorted[below] as number;
    return low + (at - below) * ((sorted[below + 1] ?? low) - low);
  };
  const sum = (of: (value: number) => number): number =>
    values.reduce((total, value) => total + of(value), 0);
  const n = values.length;
  const min = sorted[0] as number;
  return {
    min,
    max: sorted[n - 1] as number,
    mean: sum((value) => value) / n,
    harmonic_mean: min > -1 ? n / sum((value) => 1 / (value + 1)) - 1 : null,
    p1: percentile(1),
    p5: percentile(5),
    p10: percentile(10),
    p50: percentile(50),
    p90: percentile(90),
    p95: percentile(95),
    p99: percentile(99),
  };
}
