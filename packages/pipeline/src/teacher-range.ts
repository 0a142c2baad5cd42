import type { FeatureTable } from '@vqforge/table';
import { PipelineError } from './errors.ts';

/** Lowest and highest score that a teacher gives. */
export type TeacherRange = readonly [low: number, high: number];

/** Range of VMAF's scores, in points. */
const USUAL: TeacherRange = [0, 100];
/** Scores of 0 to 1, or a little more, pass as VMAF's without a word, and make a model that calls everything bad. */
const SUSPICIOUS_MAXIMUM = 2;

/** The output range of a model, as its sidecar says it. */
export function outputRange({ teacherRange }: { readonly teacherRange?: TeacherRange }): {
  min: number;
  max: number;
} {
  const [min, max] = teacherRange ?? USUAL;
  return { min, max };
}

/** The range that a run recorded, as an option; nothing where it recorded none. */
export function recordedRange(recorded: unknown): { teacherRange?: TeacherRange } {
  if (!Array.isArray(recorded)) return {};
  const [low, high] = recorded.map(Number);
  return low === undefined || high === undefined ? {} : { teacherRange: [low, high] };
}

/**
 * Refuses a table whose teacher gives scores outside of its range. Scores that are at most 2 fit VMAF's range and are of another
 * one all the same: then the range must be stated.
 *
 * @param stated the range, where the user knows it
 * @throws PipelineError TEACHER_RANGE
 */
export function requireTeacherRange(
  { columns, teacherColumn, rows }: Pick<FeatureTable, 'columns' | 'teacherColumn' | 'rows'>,
  stated: TeacherRange | undefined,
): void {
  const scores = columns.get(teacherColumn) as Float64Array;
  let [low, high] = [Infinity, -Infinity];
  for (const score of scores) {
    if (score < low) low = score;
    if (score > high) high = score;
  }
  if (rows === 0) return;
  const [min, max] = stated ?? USUAL;
  if (low < min || high > max)
    throw new PipelineError(
      'TEACHER_RANGE',
      `column ${teacherColumn} has scores from ${low} to ${high}, expected ${min} to ${max}: state the teacher's scale with --teacher-range ${suggestion(low, high)}`,
    );
  if (stated === undefined && high <= SUSPICIOUS_MAXIMUM)
    throw new PipelineError(
      'TEACHER_RANGE',
      `column ${teacherColumn} has scores from ${low} to ${high}, which does not look like 0 to 100: state the teacher's scale with --teacher-range ${suggestion(low, high)}`,
    );
}

/** The narrowest usual scale that holds the scores. */
function suggestion(low: number, high: number): string {
  const scales = [
    [0, 1],
    [1, 5],
    [0, 5],
    [0, 10],
    [0, 100],
  ] as const;
  const fits = scales.find(([min, max]) => min <= low && high <= max);
  return fits === undefined ? `${Math.floor(low)},${Math.ceil(high)}` : fits.join(',');
}
