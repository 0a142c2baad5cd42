import type { RegressorSidecar, Sidecar } from '@vqforge/artifact';
import type { Report } from '@vqforge/registry';
import type { FeatureTable } from '@vqforge/table';
import type { AuditedModel } from './registry-audit.ts';

/** What an entry repeats of its sidecar, and what readers go by. */
const REPEATED = ['kind', 'opset', 'license', 'license_url', 'notes'] as const;

/** What an entry repeats is what its sidecar says: a publish takes it from there. */
export function auditEntry({ entry, folder }: AuditedModel, sidecar: Sidecar, report: Report): void {
  for (const key of REPEATED) {
    if (entry[key] === sidecar[key]) continue;
    report('ENTRY_DISAGREES', 'error', `${folder}/registry.json`, {
      expected: `${key} ${JSON.stringify(sidecar[key] ?? null)}, as in the sidecar`,
      got: JSON.stringify(entry[key] ?? null),
      advice: 'publish the model anew, which takes it from the sidecar',
    });
  }
}

/** The id under which the project ships its regressor, which anyone can make again. */
const SHIPPED_REGRESSOR = 'fr_regressor_v1';

/** Reports the shipped regressor where the native engine trained it, whose bits differ between processors. */
export function auditEngine(
  { entry }: AuditedModel,
  { training }: RegressorSidecar,
  file: string,
  report: Report,
): void {
  if (entry.id !== SHIPPED_REGRESSOR || training.engine !== 'native') return;
  report('NATIVE_ENGINE', 'error', file, {
    expected: `a model of the wasm engine as ${SHIPPED_REGRESSOR}, which gives the same bytes everywhere`,
    got: 'one of the native engine',
    advice: 'train it with --engine wasm, or publish it under another id',
  });
}

/** VMAF's scale: what scores are read as unless a flag says otherwise. */
const USUAL_RANGE = [0, 100] as const;
/** A teacher that never exceeds this is on another scale, such as 0 to 1. */
const SMALL_MAXIMUM = 2;

/**
 * A teacher on another scale than 0 to 100 is an error unless the training was given its range (`--teacher-range`), and then
 * worth knowing; the output range is that of the teacher either way.
 *
 * @param table the rows that were trained on; null when they are not here
 */
export function auditTeacherRange(
  sidecar: RegressorSidecar,
  file: string,
  table: FeatureTable | null,
  report: Report,
): void {
  const { min, max } = sidecar.output_range;
  const stated = sidecar.run_provenance.args['teacher_range'];
  const range = isRange(stated) ? stated : USUAL_RANGE;
  // an imported model may have none
  if (min !== null && max !== null && (min !== range[0] || max !== range[1])) {
    report('TEACHER_RANGE', 'error', file, {
      expected: `an output range of ${range.join(' to ')}, ${isRange(stated) ? 'as --teacher-range stated' : 'as no --teacher-range is recorded'}`,
      got: `${min} to ${max}`,
      advice: 'train again, with --teacher-range if the teacher has another scale',
    });
  }
  const values = table?.columns.get(table.teacherColumn);
  const found = values === undefined ? null : extremes(values);
  if (isRange(stated)) {
    report('TEACHER_RANGE', 'info', file, {
      expected: 'teacher scores of 0 to 100',
      got: `a teacher of ${stated.join(' to ')}, as --teacher-range stated`,
      advice: 'nothing: do not compare these scores with VMAF',
    });
  }
  if (found === null) return;
  const isOutside = found.min < range[0] || found.max > range[1];
  if (!isOutside && (isRange(stated) || found.max > SMALL_MAXIMUM)) return;
  report('TEACHER_RANGE', 'error', file, {
    expected: `teacher scores within ${range.join(' to ')}${isRange(stated) ? '' : `, some of them above ${SMALL_MAXIMUM}`}`,
    got: `scores of ${found.min} to ${found.max} in the table`,
    advice: 'train again with --teacher-range',
  });
}

function isRange(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((bound) => typeof bound === 'number');
}

function extremes(values: Float64Array): { min: number; max: number } {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
