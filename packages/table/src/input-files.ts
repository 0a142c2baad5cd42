import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { isAbsolute, join, relative } from 'node:path';
import type { CsvFacts } from './csv-file.ts';
import { TableError } from './errors.ts';
import { parseFooter, type ParquetFooter } from './parquet-footer.ts';
import { textNumber } from './text-number.ts';

/** One file of a table, as it was when it was looked at. */
export interface InputFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** In file order, then those that the names of folders give; names may occur twice. */
  readonly columns: readonly InputColumn[];
  readonly content:
    | { readonly format: 'parquet'; readonly footer: ParquetFooter }
    | { readonly format: 'csv'; readonly csv: CsvFacts };
}

export interface InputColumn {
  readonly name: string;
  /** What it can be read as; text of digits is a number and a name. */
  readonly kinds: readonly ('number' | 'string')[];
  /** The type in the words of the format, for messages. */
  readonly type: string;
  /** Position in the file's own list; for a folder's name what it says. */
  readonly place: { readonly index: number } | { readonly constant: string | null };
  readonly isPartition: boolean;
}

/** What a path is expected to lead to. */
export interface FileKind {
  readonly noun: string;
  /** Which files of a folder are meant, at any depth. */
  readonly pattern: string;
}


const MAGIC = 'PAR1'; // first and last four bytes of a parquet file
const ENCRYPTED_MAGIC = 'PARE';
const MAGICS = [MAGIC, ENCRYPTED_MAGIC];
const HEAD_BYTES = 65_536; // a header of 1,024 columns
const TAIL_BYTES = 8; // footer length and magic
const MAX_FOOTER_BYTES = 64 * 2 ** 20; // a column of a row group takes some 100 bytes: 20,000 row groups of 30 columns

/**
 * Files named by paths, folders and glob patterns, each once, in order of path. Of a folder all parquet files at any depth
 * are meant, whatever their names, or else all that end in .csv; names that begin with a dot or an underscore are not.
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
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) return filesOf(path, { noun: 'feature table', pattern: '' });
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
  if (/\.(parquet|parq|pq)$/i.test(path)) return true;
  const handle = await open(path).catch(unreadable(path));
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0).catch(unreadable(path));
    return bytesRead === 4 && MAGICS.includes(buffer.toString('latin1'));
  } finally {
    await handle.close();
  }
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

/**
 * Opens a file just long enough to read and check its footer, or, when it is CSV, all of it.
 *
 * @throws TableError UNREADABLE | NOT_PARQUET | ENCRYPTED | DAMAGED | TOO_LARGE
 */
export async function readInputFile(path: string): Promise<InputFile> {
  const entry = await stat(path).catch(unreadable(path)); // before it is opened, which a named pipe would answer by waiting
  if (!entry.isFile())
    throw new TableError('UNREADABLE', `${path} is neither a file nor a folder, expected a feature table`);
  const handle = await open(path).catch(unreadable(path));
  try {
    const { size: bytes, mtimeMs: modifiedMs } = await handle.stat().catch(unreadable(path));
    const head = (await readExactly(handle, path, 0, Math.min(bytes, HEAD_BYTES))).toString('latin1');
    const content = looksLikeCsv(head)
      ? ({ format: 'csv', csv: await readCsv(path, bytes, head) } as const)
      : ({ format: 'parquet', footer: await readFooter(handle, bytes, path, head.slice(0, 4)) } as const);
    return { path, bytes, modifiedMs, content, columns: [...columnsOf(content), ...partitions(path)] };
  } finally {
    await handle.close();
  }
}

/** The first line of a table in text: names that are divided by something, and nothing that text does not have. */
function looksLikeCsv(head: string): boolean {
  return /^[^\0{<]*[,;\t]/.test(head.split(/[\r\n]/, 1)[0]!) && !MAGICS.includes(head.slice(0, 4));
}

async function readCsv(path: string, bytes: number, head: string): Promise<CsvFacts> {
  if (/^"?Frame"?,/.test(head))
    throw new TableError(
      'NOT_PARQUET',
      `${path} is a log of libvmaf and no feature table; vqforge features import makes a table of it`,
    );
  const { MAX_CSV_BYTES, scanCsv } = await import('./csv-file.ts');
  if (bytes > MAX_CSV_BYTES)
    throw new TableError(
      'TOO_LARGE',
      `${path} is ${bytes} bytes of CSV, expected at most ${MAX_CSV_BYTES}; write it as parquet`,
    );
  try {
    return scanCsv(path);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new TableError('DAMAGED', `${path} is damaged: ${cause.message}`, { cause });
  }
}

function columnsOf(content: InputFile['content']): InputColumn[] {
  if (content.format === 'csv')
    return content.csv.columns.map(({ name, text }, index) => ({
      name,
      kinds: text === undefined ? ['number', 'string'] : ['string'],
      type: text === undefined ? 'number' : `text ("${text.value.slice(0, 60)}" in line ${text.line})`,
      place: { index },
      isPartition: false,
    }));
  return content.footer.columns.map(({ name, kind, type }, index) => ({
    name,
    kinds: kind === 'number' || kind === 'string' ? [kind] : [],
    type,
    place: { index },
    isPartition: false,
  }));
}

/** Folders named `column=value`, as Hive, Spark, DuckDB and pyarrow write parts of a table. */
function partitions(path: string): InputColumn[] {
  const folders = path.split(/[/\\]/).slice(0, -1);
  return folders.flatMap((folder): InputColumn[] => {
    const [, name, text] = /^([^=]+)=(.*)$/.exec(folder) ?? [];
    if (name === undefined || text === undefined) return [];
    const constant = text === NO_PARTITION || text === '' ? null : unescaped(text);
    const isNumber = constant !== null && textNumber(constant) !== undefined;
    return [
      {
        name: unescaped(name),
        kinds: isNumber ? ['number', 'string'] : ['string'],
        type: `the name of the folder ${folder}`,
        place: { constant },
        isPartition: true,
      },
    ];
  });
}

const NO_PARTITION = '__HIVE_DEFAULT_PARTITION__';

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign of its own
  }
}

async function readFooter(
  handle: FileHandle,
  bytes: number,
  path: string,
  head: string,
): Promise<ParquetFooter> {
  if (head === ENCRYPTED_MAGIC) throw encrypted(path, 'its footer is encrypted');
  if (head !== MAGIC) {
    const isLog = /^(\{|<)/.test(head);
    const hint = isLog ? '; if it is a libvmaf log, vqforge features import makes a table of it' : '';
    throw new TableError(
      'NOT_PARQUET',
      `${path} is not a parquet file: expected it to start with ${MAGIC}, or a line of CSV with the names of columns${hint}`,
    );
  }
  const dataAndFooter = bytes - TAIL_BYTES;
  const tail =
    dataAndFooter < MAGIC.length ? undefined : await readExactly(handle, path, dataAndFooter, TAIL_BYTES);
  if (tail?.toString('latin1', 4) !== MAGIC) {
    throw new TableError(
      'DAMAGED',
      `${path} is cut short: its last bytes are not ${MAGIC}; fetch or write it again`,
    );
  }
  const length = tail.readUInt32LE(0);
  if (length > Math.min(dataAndFooter - MAGIC.length, MAX_FOOTER_BYTES)) {
    throw new TableError('DAMAGED', `${path} promises a footer of ${length} bytes in a file of ${bytes}`);
  }
  const start = dataAndFooter - length;
  return parseFooter(await readExactly(handle, path, start, length), start, path);
}

/** What to say of a file that only its owner's keys open. */
export function encrypted(path: string, what: string): TableError {
  return new TableError('ENCRYPTED', `${path} cannot be read: ${what}; write it without encryption`);
}

async function readExactly(handle: FileHandle, path: string, start: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle
    .read(Buffer.alloc(length), 0, length, start)
    .catch(unreadable(path));
  if (bytesRead < length) return unreadable(path)(new Error(`it ends at byte ${start + bytesRead}`));
  return buffer;
}

/** What to do with an error of the file system. */
function unreadable(path: string): (cause: Error) => never {
  return (cause) => {
    throw new TableError('UNREADABLE', `${path} cannot be read: ${cause.message}`, { cause });
  };
}

/**
 * sha256 of the bytes of a file, in lower-case hex. One buffer is used throughout: streams allocate one per chunk,
 * and collecting those costs half as much as the hashing.
 *
 * @throws TableError UNREADABLE
 */
export async function fileDigest(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(2 ** 20); // hashed in 0.7 ms, so the event loop stays responsive
  const handle = await open(path).catch(unreadable(path));
  try {
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, buffer.length).catch(unreadable(path));
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

/** @throws TableError UNREADABLE when the file was replaced or written to since its footer was read */
export async function assertUnchanged(file: InputFile): Promise<void> {
  const now = await stat(file.path).catch(() => undefined);
  if (now?.size !== file.bytes || now.mtimeMs !== file.modifiedMs) {
    throw new TableError(
      'UNREADABLE',
      `${file.path} changed while it was read; try again when it is complete`,
    );
  }
}
