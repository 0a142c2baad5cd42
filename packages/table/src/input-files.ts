import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { TableError } from './errors.ts';
import { parseFooter, type ParquetFooter } from './parquet-footer.ts';

/** One parquet file of a table, as it was when its footer was read. */
export interface InputFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly footer: ParquetFooter;
}

/** What a path is expected to lead to. */
export interface FileKind {
  readonly noun: string;
  /** Which files of a folder are meant, at any depth. */
  readonly pattern: string;
}

const PARQUET: FileKind = { noun: 'parquet file', pattern: '**/*.parquet' };

const MAGIC = 'PAR1'; // first and last four bytes of a parquet file
const TAIL_BYTES = 8; // footer length and magic
const MAX_FOOTER_BYTES = 64 * 2 ** 20; // a column of a row group takes some 100 bytes: 20,000 row groups of 30 columns

/**
 * Files named by paths, folders (every *.parquet below them) and glob patterns, each once, in order of path.
 *
 * @throws TableError FILE_NOT_FOUND | NO_FILES | UNREADABLE
 */
export async function findInputFiles(paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0)
    throw new TableError('NO_FILES', 'no parquet file given, expected at least one path, folder or pattern');
  const byRealPath = new Map<string, string>();
  for (const path of paths) {
    for (const file of await filesOf(path, PARQUET))
      byRealPath.set(await realpath(file).catch(() => file), file);
  }
  return [...byRealPath.values()].sort();
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
 * Opens a file just long enough to read and check its footer.
 *
 * @throws TableError UNREADABLE | NOT_PARQUET | DAMAGED
 */
export async function readInputFile(path: string): Promise<InputFile> {
  const handle = await open(path).catch(unreadable(path));
  try {
    const { size: bytes, mtimeMs: modifiedMs } = await handle.stat().catch(unreadable(path));
    return { path, bytes, modifiedMs, footer: await readFooter(handle, bytes, path) };
  } finally {
    await handle.close();
  }
}

async function readFooter(handle: FileHandle, bytes: number, path: string): Promise<ParquetFooter> {
  const head =
    bytes < MAGIC.length ? '' : (await readExactly(handle, path, 0, MAGIC.length)).toString('latin1');
  if (head !== MAGIC) {
    const encrypted = head === 'PARE' ? ', it is encrypted' : '';
    const isLog = /^(\{|<|Fram)/.test(head);
    const hint = isLog ? '; if it is a libvmaf log, vqforge features import makes a table of it' : '';
    throw new TableError(
      'NOT_PARQUET',
      `${path} is not a parquet file${encrypted}: expected it to start with ${MAGIC}${hint}`,
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
