import { TableError } from './errors.ts';

/** Columns that identify a row, most significant first; the last two are optional. */
export const KEY_COLUMNS = ['source', 'dis_basename', 'frame_index'] as const;

const CANONICAL6 = ['adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2'] as const;

/** Key column of a table of teacher probes: feature vectors that a teacher labelled, without a video behind them. */
export const PROBE_KEY = 'probe_index';

/** Key columns of whole numbers from 0; the others are names. */
export const INDEX_COLUMNS: readonly string[] = ['frame_index', PROBE_KEY];

/** The name of the column that holds a teacher's scores before they were clipped. */
export function unclippedColumnOf(teacherColumn: string): string {
  return `${teacherColumn}_unclipped`;
}

/**
 * Named feature sets of lusoris/vmaf's trainer, in the order a model receives them
 * (`FEATURE_SETS` of train_fr_regressor.py). `full` is not listed: it depends on the table.
 */
export const FEATURE_SETS: Readonly<Record<'canonical6' | 'A' | 'B', readonly string[]>> = {
  canonical6: CANONICAL6,
  A: [...CANONICAL6, 'ssimulacra2'],
  B: ['adm2', 'adm_scale3', 'vif_scale2', 'motion2', 'ssimulacra2', 'psnr_hvs', 'float_ssim'],
};

/** `full`: every numeric column that is neither key nor teacher, clipped or not, sorted by UTF-16 code unit. */
export type FeatureSetName = keyof typeof FEATURE_SETS | 'full';

/** A named set, or the columns themselves in the order they are wanted. */
export type FeatureSelection = FeatureSetName | readonly string[];

/**
 * The columns of a selection; for `full`, whatever `numericColumns` offers.
 *
 * @throws TableError INVALID_OPTION on an unknown set, no column, a column named twice, a key or the teacher
 * @example featureColumns('A', 'vmaf', []).length // => 7
 */
export function featureColumns(
  selection: FeatureSelection,
  teacherColumn: string,
  numericColumns: Iterable<string>,
): readonly string[] {
  const reserved = new Set<string>([
    ...KEY_COLUMNS,
    PROBE_KEY,
    teacherColumn,
    unclippedColumnOf(teacherColumn),
  ]);
  if (selection === 'full') return [...numericColumns].filter((name) => !reserved.has(name)).sort();
  const columns = typeof selection === 'string' ? namedSet(selection) : selection;
  if (columns.length === 0)
    throw new TableError('INVALID_OPTION', 'no feature column given, expected at least one');
  const seen = new Set<string>();
  for (const name of columns) {
    if (reserved.has(name)) {
      throw new TableError(
        'INVALID_OPTION',
        `column ${name} is a key or the teacher and cannot be a feature`,
      );
    }
    if (seen.has(name)) throw new TableError('INVALID_OPTION', `feature column ${name} is given twice`);
    seen.add(name);
  }
  return columns;
}

function namedSet(name: string): readonly string[] {
  if (Object.hasOwn(FEATURE_SETS, name)) return FEATURE_SETS[name as keyof typeof FEATURE_SETS];
  const known = [...Object.keys(FEATURE_SETS), 'full'].join(', ');
  throw new TableError(
    'INVALID_OPTION',
    `unknown feature set ${name}, expected one of ${known} or a list of columns`,
  );
}
