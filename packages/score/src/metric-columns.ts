import type { OpenModel } from '@vqforge/runtime/node';
import type { ModelFacts, TeacherFacts } from './score-document.ts';

/** Which frame a row of scores is of. */
export interface FrameKey {
  readonly frameNum: number;
  /** Of a feature table, which holds many clips. */
  readonly source?: string;
  readonly dis_basename?: string;
}

/** What one model or measure answered: a column per metric, each with a value per frame. */
export interface MetricColumns {
  readonly frames: readonly FrameKey[];
  readonly columns: ReadonlyMap<string, ArrayLike<number>>;
  /** Of the registry, where one answered. */
  readonly model?: ModelFacts;
  /** Of libvmaf, where one answered. */
  readonly teacher?: TeacherFacts;
}

/** `lpips` for one clip; `lpips_0`, `lpips_1`, … for a ladder, in the order of its renditions. */
export function metricNames(base: string, clips: number): string[] {
  return clips === 1 ? [base] : Array.from({ length: clips }, (_, at) => `${base}_${at}`);
}

/** What a document says of any model. */
export function modelFacts(
  { id, path, kind, digest, provider }: OpenModel,
  metrics: readonly string[],
): ModelFacts {
  return { id, ...(id === null ? { path } : {}), kind, sha256: digest, provider, metrics };
}
