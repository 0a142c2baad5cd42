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

/** What one model or measure answered: a column per metric, each with a value per frame. */
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
