import { basename } from 'node:path';
import { FEATURE_VALUES, TEACHER_FEATURES, type TeacherFeature } from '@vqforge/features';
import type { ColumnData } from '@vqforge/table';
import type { Extracted } from './feature-log.ts';
import type { TeacherRequest } from './teacher-scores.ts';

/** The feature columns of a table, in their order: the six of VMAF first. */
const COLUMNS = [
  ...TEACHER_FEATURES,
  ...[...FEATURE_VALUES.keys()].filter((name) => !(TEACHER_FEATURES as readonly string[]).includes(name)),
];

/**
 * The rows of a feature table: a frame of a rendition each, keyed by source, file name of the distorted clip and frame.
 * Features that were not measured have no column.
 *
 * @param source what is held out together: the name of the reference
 * @param teacher adds `vmaf`, `vmaf_unclipped` and `teacher_model`
 */
export function featureRowsOf(
  { clips: { distorted, frames, renditions } }: Extracted,
  source: string,
  teacher?: TeacherRequest,
): readonly (readonly ColumnData[])[] {
  return renditions.map((measured, at) => {
    const repeated = (name: string, text: string): ColumnData => ({
      name,
      type: 'string',
      values: frames.map(() => text),
    });
    const features = COLUMNS.flatMap((name): ColumnData[] => {
      const values = measured.map((frame) => FEATURE_VALUES.get(name)?.(frame));
      return values.every((value) => value !== undefined) ? [{ name, type: 'float64', values }] : [];
    });
    return [
      repeated('source', source),
      repeated('dis_basename', basename(distorted[at]?.path ?? '')),
      { name: 'frame_index', type: 'uint32', values: frames.map(({ frameNum }) => frameNum) },
      ...features,
      ...(teacher === undefined ? [] : teacherColumns(teacher, features)),
      ...(teacher === undefined ? [] : [repeated('teacher_model', teacher.model)]),
    ];
  });
}

function teacherColumns({ teacher }: TeacherRequest, features: readonly ColumnData[]): ColumnData[] {
  const columns = Object.fromEntries(
    TEACHER_FEATURES.map((name) => [
      name,
      features.find((column) => column.name === name)?.values as ArrayLike<number>,
    ]),
  ) as Record<TeacherFeature, ArrayLike<number>>;
  return [
    { name: 'vmaf', type: 'float64', values: teacher.predictRows(columns) },
    {
      name: 'vmaf_unclipped',
      type: 'float64',
      values: teacher.predictRows(columns, { clip: false, transform: false }),
    },
  ];
}
