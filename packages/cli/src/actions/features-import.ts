import { counted, defined } from '@vqforge/base';
import { findLogs, importLogs, pairNames, summariseTable, type ImportedLogs } from '@vqforge/table';
import type { CommandContext } from '../command-shape.ts';
import { requireDocumentOutputs } from '../document-outputs.ts';
import { Progress } from '../progress.ts';
import { printResult } from '../terminal-text.ts';
import type { FeaturesImportFlags } from '../commands/features.ts';
import { UsageError } from '../usage-error.ts';

interface NamedLog {
  readonly path: string;
  readonly source: string;
  readonly disBasename: string;
}

/** `vqforge features import`: turns logs into a table. */
export async function importCommand(
  logs: readonly string[],
  flags: FeaturesImportFlags,
  { signal, place }: CommandContext,
): Promise<void> {
  const { out, teacher, teacherModel } = flags;
  const paths = await findLogs(logs);
  await requireDocumentOutputs([{ path: out, flag: '--out', kind: 'parquet' }], {
    inputs: paths,
    registries: [place.registry(undefined)],
    runs: place.runs,
    force: flags.force === true,
  });
  const imported = await importLogs({
    logs: namedLogs(paths, flags),
    out,
    features: flags.featureColumns ?? flags.features,
    teacher,
    ...defined({ teacherModel }),
    signal,
  });
  const progress = new Progress(flags);
  for (const line of notes(imported)) progress.line(line);
  printResult(flags, resultJson(imported, flags), resultLines(imported, flags));
}

/** @throws UsageError, TableError INVALID_OPTION */
function namedLogs(paths: readonly string[], flags: FeaturesImportFlags): NamedLog[] {
  const { source = [], distorted = [], sourcePattern } = flags;
  if ([...source, ...distorted].includes('')) throw new UsageError('a source or distorted clip has no name');
  if (source.length > 0 && sourcePattern !== undefined)
    throw new UsageError('--source and --source-pattern both name the sources, expected one of them');
  if (source.length > 1 && source.length !== paths.length)
    throw new UsageError(
      `${source.length} --source for ${paths.length} logs, expected one for all or one each`,
    );
  if (distorted.length > 0 && distorted.length !== paths.length)
    throw new UsageError(`${distorted.length} --distorted for ${paths.length} logs, expected one each`);
  const pattern =
    source.length > 0 ? /(.*)/ : sourcePattern === undefined ? undefined : regExp(sourcePattern);
  return paths.map((path, i) => {
    const names = pairNames(path, pattern);
    return {
      path,
      source: source.length === 1 ? source[0]! : (source[i] ?? names.source),
      disBasename: distorted[i] ?? names.disBasename,
    };
  });
}

function regExp(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    throw new UsageError(`--source-pattern: ${(error as Error).message}`, { cause: error });
  }
}

/** What a user should know before training. */
function notes({ table, leftOut, unknown }: ImportedLogs): string[] {
  const lines = table.warnings.map(({ message }) => `warning: ${message}`);
  if (table.source.names.length === 1)
    lines.push('warning: one source: train holds out one source at a time and needs at least two');
  if (table.teacherModels === undefined)
    lines.push('the logs do not say which model scored them: --teacher-model records it');
  if (unknown.length > 0)
    lines.push(
      `left out, no features of libvmaf, so perhaps scores of models: ${unknown.join(', ')} (--feature-columns takes them)`,
    );
  const partial = leftOut.filter((name) => !unknown.includes(name));
  if (partial.length > 0) lines.push(`left out, in some logs or frames only: ${partial.join(', ')}`);
  return lines;
}

function resultLines({ table, columns }: ImportedLogs, { out, teacher }: FeaturesImportFlags): string[] {
  const { rows, pairs = 0, sources } = summariseTable(table);
  const width = Math.max(...sources.map(({ name }) => name.length));
  const models = table.teacherModels === undefined ? '' : ` (${table.teacherModels.join(', ')})`;
  const others = columns.filter((name) => !table.featureColumns.includes(name));
  return [
    `${out}: ${counted(rows, 'row')}, ${counted(pairs, 'pair')}, ${counted(sources.length, 'source')}`,
    ...sources.map((source) => `  ${source.name.padEnd(width)}  ${counted(source.rows, 'row')}`),
    `teacher ${teacher}${models}, features ${table.featureColumns.join(', ')}`,
    ...(others.length === 0 ? [] : [`also there: ${others.join(', ')}`]),
    `content sha256 ${table.contentDigest}`,
  ];
}

function resultJson(
  { table, columns, leftOut }: ImportedLogs,
  { out, teacher }: FeaturesImportFlags,
): object {
  const { rows, pairs, sources } = summariseTable(table);
  return {
    table: out,
    rows,
    pairs,
    sources,
    teacher,
    teacher_models: table.teacherModels ?? [],
    columns,
    left_out: leftOut,
    feature_columns: table.featureColumns,
    content_sha256: table.contentDigest,
    warnings: table.warnings.map(({ message }) => message),
  };
}
