import { TableError } from '../errors.ts';
import { featureColumns, KEY_COLUMNS, type FeatureSelection } from '../feature-sets.ts';
import { sortByBytes } from '../name-codes.ts';
import { TEACHER_MODEL_COLUMN } from '../read-plan.ts';
import type { ColumnData } from '../table-file.ts';
import { completeFeatures, featuresOf } from './log-features.ts';
import { isKnownFeature } from './known-features.ts';
import { metricName } from './metric-names.ts';
import type { PairNames } from './pair-names.ts';
import type { VmafLog } from './vmaf-log.ts';

export interface LoggedPair extends PairNames {
  readonly log: VmafLog;
}

export interface LogTableOptions {
  /** Features that every log must have. */
  readonly features: FeatureSelection;
  /** The score to learn, by its name in the logs; it keeps this name. */
  readonly teacher: string;
  /** For the column `teacher_model`; default what each log says of itself, and no column when none does. */
  readonly teacherModel?: string;
}

interface LogTable {
  readonly columns: readonly ColumnData[];
  /** Metrics that are in some logs, or in some frames, only, and `unknown` ones. */
  readonly leftOut: readonly string[];
  /** Metrics that libvmaf does not measure: scores of models, and what other programs add. */
  readonly unknown: readonly string[];
}

/**
 * The feature table of logs, in canonical row order: keys, teacher, the features asked for, and every other feature of
 * libvmaf that all logs have in all frames. What else is in them may be the score of a model and is left out.
 *
 * @throws TableError INVALID_OPTION | DUPLICATE_KEY | MISSING_METRIC | AMBIGUOUS_METRIC | INVALID_VALUES
 */
export function logTable(pairs: readonly LoggedPair[], options: LogTableOptions): LogTable {
  const { teacher, teacherModel } = options;
  const ordered = inCanonicalOrder(pairs);
  const needed = featureColumns(options.features, teacher, []);
  const everywhere = commonFeatures(ordered.map(({ log }) => log));
  const keys = new Set<string>([...KEY_COLUMNS, TEACHER_MODEL_COLUMN, teacher]);
  const others = everywhere.filter(
    (name) => !keys.has(name) && !needed.includes(name) && isKnownFeature(name),
  );
  const numbers = [teacher, ...needed, ...others.sort()];
  const values = valuesOf(ordered, numbers);
  const perRow = <T>(value: (pair: LoggedPair) => T): T[] =>
    ordered.flatMap((pair) => Array.from(pair.log.frames, () => value(pair)));
  const hasModel = teacherModel !== undefined || ordered.some(({ log }) => log.model !== undefined);
  const frames = Uint32Array.from(ordered.flatMap(({ log }) => [...log.frames]));
  const models = perRow(({ log }) => teacherModel ?? modelName(log) ?? null);
  return {
    columns: [
      { name: 'source', type: 'string', values: perRow(({ source }) => source) },
      { name: 'dis_basename', type: 'string', values: perRow(({ disBasename }) => disBasename) },
      { name: 'frame_index', type: 'uint32', values: frames },
      ...(hasModel ? [{ name: TEACHER_MODEL_COLUMN, type: 'string' as const, values: models }] : []),
      ...numbers.map((name, i) => ({ name, type: 'float64' as const, values: values[i]! })),
    ],
    ...leftOut(ordered, numbers),
  };
}

/** By source and distorted clip, as their UTF-8 bytes compare. @throws TableError DUPLICATE_KEY */
function inCanonicalOrder(pairs: readonly LoggedPair[]): readonly LoggedPair[] {
  const byKey = new Map<string, LoggedPair>();
  const repeated: string[] = [];
  for (const pair of pairs) {
    const key = `${pair.source}\0${pair.disBasename}`; // 0 sorts before every other byte
    const other = byKey.get(key);
    if (other !== undefined)
      repeated.push(`${other.log.name} and ${pair.log.name} are both ${pair.disBasename} of ${pair.source}`);
    byKey.set(key, pair);
  }
  if (repeated.length > 0) {
    const more = repeated.length > 3 ? '; …' : '';
    throw new TableError(
      'DUPLICATE_KEY',
      `${repeated.slice(0, 3).join('; ')}${more}; expected one log per pair: leave one out, or rename it`,
    );
  }
  return sortByBytes([...byKey.keys()]).map((key) => byKey.get(key)!);
}

function commonFeatures(logs: readonly VmafLog[]): string[] {
  const [first, ...rest] = logs.map(completeFeatures);
  return rest.reduce((common, names) => {
    const here = new Set(names);
    return common.filter((name) => here.has(name));
  }, first ?? []);
}

/** libvmaf 1.x names the file of its model. */
function modelName({ model }: VmafLog): string | undefined {
  return model?.replace(/^.*[/\\]|\.(pkl|json)$/g, '');
}

/** The columns, over all logs. @throws TableError about up to three logs at once */
function valuesOf(pairs: readonly LoggedPair[], names: readonly string[]): Float64Array[] {
  const rows = pairs.reduce((sum, { log }) => sum + log.frames.length, 0);
  const columns = names.map(() => new Float64Array(rows));
  const refusals: TableError[] = [];
  let start = 0;
  for (const { log } of pairs) {
    try {
      const values = featuresOf(log, names);
      columns.forEach((column, i) => {
        for (let row = 0; row < log.frames.length; row++)
          column[start + row] = values[row * names.length + i]!;
      });
    } catch (error) {
      if (!(error instanceof TableError)) throw error;
      refusals.push(error);
    }
    start += log.frames.length;
  }
  const [first] = refusals;
  if (first === undefined) return columns;
  const messages = refusals.slice(0, 3).map(({ message }) => message);
  const more = refusals.length > 3 ? [`and ${refusals.length - 3} more of ${pairs.length} logs`] : [];
  throw new TableError(first.code, [...messages, ...more].join('; '), { cause: first });
}

/** Metrics that are in the logs and not in the table, by name. */
function leftOut(
  pairs: readonly LoggedPair[],
  names: readonly string[],
): Pick<LogTable, 'leftOut' | 'unknown'> {
  const all = new Set(pairs.flatMap(({ log }) => [...log.metrics.keys()].map(metricName)));
  const found = [...all].filter((name) => !names.includes(name)).sort();
  return { leftOut: found, unknown: found.filter((name) => !isKnownFeature(name)) };
}
