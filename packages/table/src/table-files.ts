import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { isFolder } from '@vqforge/base/node';
import { TableError } from './errors.ts';
import { HEAD_BYTES, headKind, readLatin1Head, unreadable } from './file-heads.ts';

/** The files that a path is expected to lead to. */
export interface FileKind {
  readonly noun: string;
  /** Which files of a folder are meant, at any depth. */
  readonly pattern: string;
}

/**
 * Files named by paths, folders and glob patterns, each once, in order of path. A folder stands for all its parquet files at any
 * depth, whatever their names, or else all that end in .csv; names that begin with a dot or an underscore are not.
 *
 * @throws TableError FILE_NOT_FOUND | NO_FILES | UNREADABLE
 */
export async function findInputFiles(paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0)
    throw new TableError('NO_FILES', 'no feature table given, expected at least one path, folder or pattern');
  const byRealPath = new Map<string, string>();
  for (const path of paths) {
    for (const file of await tableFiles(path)) byRealPath.set(await realpath(file).catch(() => file), file);
  }
  return [...byRealPath.values()].sort();
}

async function tableFiles(path: string): Promise<string[]> {
  if (!(await isFolder(path))) return filesOf(path, { noun: 'feature table', pattern: '' });
  const files = await filesOf(path, { noun: 'feature table', pattern: '**/*' });
  const visible = files.filter((file) => !/(?:^|[/\\])[._]/.test(relative(path, file)));
  const tables = await Promise.all(visible.map(async (file) => (await isParquet(file)) && file));
  const parquet = tables.filter((file) => file !== false);
  const found = parquet.length > 0 ? parquet : visible.filter((file) => /\.csv$/i.test(file));
  if (found.length === 0)
    throw new TableError('NO_FILES', `folder ${path} holds no parquet file and no .csv`);
  return found;
}

/** By the name that people give such files, or by its first bytes. */
async function isParquet(path: string): Promise<boolean> {
  return /\.(parquet|parq|pq)$/i.test(path) || headKind(await readLatin1Head(path, 4)) === 'parquet';
}

/**
 * Whether a path leads to a feature table: a folder, parquet whatever its name, or CSV that is no log of libvmaf.
 *
 * @throws TableError FILE_NOT_FOUND | UNREADABLE
 */
export async function isFeatureTable(path: string): Promise<boolean> {
  if (/\.parquet$/i.test(path)) return true; // the reader says what is wrong with it
  const entry = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') return unreadable(path)(cause);
    const problem = `${path} does not exist, expected a log or a feature table`;
    throw new TableError('FILE_NOT_FOUND', problem, { cause });
  });
  if (!entry.isFile()) return entry.isDirectory();
  return ['parquet', 'csv'].includes(headKind(await readLatin1Head(path, HEAD_BYTES)));
}

/**
 * The files that a path, a folder or a glob pattern leads to, in order of path.
 *
 * @throws TableError FILE_NOT_FOUND | NO_FILES | UNREADABLE
 */
export async function filesOf(path: string, { noun, pattern }: FileKind): Promise<string[]> {
  const entry = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
    return unreadable(path)(cause);
  });
  if (entry?.isFile()) return [path];
  if (entry !== undefined && !entry.isDirectory()) {
    throw new TableError('UNREADABLE', `${path} is neither a file nor a folder, expected a ${noun}`);
  }
  const { glob, isDynamicPattern } = await import('tinyglobby'); // only folders and patterns pay for it
  if (entry !== undefined) {
    const names = await glob(pattern, { cwd: path, expandDirectories: false });
    if (names.length === 0)
      throw new TableError('NO_FILES', `folder ${path} holds no ${pattern.replace('**/', '')} file`);
    return names.map((name) => join(path, name)).sort();
  }
  if (!isDynamicPattern(path))
    throw new TableError('FILE_NOT_FOUND', `${path} does not exist, expected a ${noun}`);
  const files = await glob(path, { expandDirectories: false, absolute: isAbsolute(path) });
  if (files.length === 0) throw new TableError('NO_FILES', `pattern ${path} matches no file`);
  return files.sort();
}
