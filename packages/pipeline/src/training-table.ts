import { loadFeatureTable, type FeatureSelection, type FeatureTable } from '@vqforge/table';
import { requireTeacherRange, type TeacherRange } from './teacher-range.ts';

/** Which table a training reads, and what of it. */
export interface TrainingTableRequest {
  /** Parquet files, folders or globs: one table. */
  readonly parquet: readonly string[];
  /** Name of a feature set, or explicit columns. */
  readonly features: FeatureSelection;
  readonly teacherColumn: string;
  readonly dropInvalid: boolean;
  /** Columns by the names that they have in the files: `source` to `content`. */
  readonly map?: ReadonlyMap<string, string>;
  /** Lowest and highest score of the teacher, which become the output range; default: 0 and 100. */
  readonly teacherRange?: TeacherRange;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads the feature table of a training, with digests of its files, and refuses one whose teacher leaves its range.
 *
 * @throws PipelineError TEACHER_RANGE; the errors of `loadFeatureTable`
 */
export async function loadTrainingTable(request: TrainingTableRequest): Promise<FeatureTable> {
  const table = await loadFeatureTable({
    paths: [...request.parquet],
    features: request.features,
    teacherColumn: request.teacherColumn,
    dropInvalid: request.dropInvalid,
    map: request.map ?? new Map<string, string>(),
    fileDigests: true,
    signal: request.signal,
  });
  requireTeacherRange(table, request.teacherRange);
  return table;
}
