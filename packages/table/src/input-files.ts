import { createHash } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { CsvFacts } from './csv-file.ts';
import { TableError } from './errors.ts';
import {
  ENCRYPTED_MAGIC,
  HEAD_BYTES,
  headKind,
  PARQUET_MAGIC,
  unreadable,
  type HeadKind,
} from './file-heads.ts';
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
  /** Kinds that it can be read as; text of digits is a number and a name. */
  readonly kinds: readonly ('number' | 'string')[];
  /** The type in the words of the format, for messages. */
  readonly type: string;
  /** Position in the file's own list; for a folder's name what it says. */
  readonly place: { readonly index: number } | { readonly constant: string | null };
  readonly isPartition: boolean;
}

const TAIL_BYTES = 8; // footer length and magic
const MAX_FOOTER_BYTES = 64 * 2 ** 20; // a column of a row group takes some 100 bytes: 20,000 row groups of 30 columns

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
    const kind = headKind(head);
    const content =
      kind === 'csv' || kind === 'log'
        ? ({ format: 'csv', csv: await readCsv(path, bytes, kind) } as const)
        : ({ format: 'parquet', footer: await readFooter(handle, bytes, path, head.slice(0, 4)) } as const);
    return { path, bytes, modifiedMs, content, columns: [...columnsOf(content), ...partitions(path)] };
  } finally {
    await handle.close();
  }
}

async function readCsv(path: string, bytes: number, kind: HeadKind): Promise<CsvFacts> {
  if (kind === 'log')
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
  if (head !== PARQUET_MAGIC) {
    const isLog = /^(\{|<)/.test(head);
    const hint = isLog ? '; if it is a libvmaf log, vqforge features import makes a table of it' : '';
    throw new TableError(
      'NOT_PARQUET',
      `${path} is not a parquet file: expected it to start with ${PARQUET_MAGIC}, or a line of CSV with the names of columns${hint}`,
    );
  }
  const dataAndFooter = bytes - TAIL_BYTES;
  const tail =
    dataAndFooter < PARQUET_MAGIC.length
      ? undefined
      : await readExactly(handle, path, dataAndFooter, TAIL_BYTES);
  if (tail?.toString('latin1', 4) !== PARQUET_MAGIC) {
    throw new TableError(
      'DAMAGED',
      `${path} is cut short: its last bytes are not ${PARQUET_MAGIC}; fetch or write it again`,
    );
  }
  const length = tail.readUInt32LE(0);
  if (length > Math.min(dataAndFooter - PARQUET_MAGIC.length, MAX_FOOTER_BYTES)) {
    throw new TableError('DAMAGED', `${path} promises a footer of ${length} bytes in a file of ${bytes}`);
  }
  const start = dataAndFooter - length;
  return parseFooter(await readExactly(handle, path, start, length), start, path);
}

/** The error for a parquet file that is encrypted: only its owner's keys open it. */
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

/**
 * Checks that a file is still the one whose footer was read.
 *
 * @throws TableError UNREADABLE when the file was replaced or written to since its footer was read
 */
export async function assertUnchanged(file: InputFile): Promise<void> {
  const now = await stat(file.path).catch(() => undefined);
  if (now?.size !== file.bytes || now.mtimeMs !== file.modifiedMs) {
    throw new TableError(
      'UNREADABLE',
      `${file.path} changed while it was read; try again when it is complete`,
    );
  }
}
