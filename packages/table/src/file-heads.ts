import { readHead } from '@vqforge/base/node';
import { TableError } from './errors.ts';

/** First and last four bytes of a parquet file, and of one whose footer is encrypted. */
export const PARQUET_MAGIC = 'PAR1';
export const ENCRYPTED_MAGIC = 'PARE';
const MAGICS = [PARQUET_MAGIC, ENCRYPTED_MAGIC];

/** How much of a file tells what it is: a header of 1,024 columns. */
export const HEAD_BYTES = 65_536;

/** Kinds of files, as their first bytes tell them apart. */
export type HeadKind = 'parquet' | 'csv' | 'log' | 'other';

/**
 * Tells the kind of a file by its first bytes.
 *
 * @example headKind('source,vmaf,adm2\n') // => 'csv'
 * @example headKind('Frame,vmaf,\n') // => 'log'
 */
export function headKind(head: string): HeadKind {
  if (MAGICS.includes(head.slice(0, 4))) return 'parquet';
  if (/^(?:\u00ef\u00bb\u00bf)?"?Frame"?,/.test(head)) return 'log';
  // names that are divided by something, and nothing that text does not have
  return /^[^\0{<]*[,;\t]/.test(head.split(/[\r\n]/, 1)[0]!) ? 'csv' : 'other';
}

/**
 * The first bytes of a file as latin1, at most `length` of them.
 *
 * @throws TableError UNREADABLE
 */
export async function readLatin1Head(path: string, length: number): Promise<string> {
  return (await readHead(path, length).catch(unreadable(path))).toString('latin1');
}

/** Turns an error of the file system into one that names the file. */
export function unreadable(path: string): (cause: Error) => never {
  return (cause) => {
    throw new TableError('UNREADABLE', `${path} cannot be read: ${cause.message}`, { cause });
  };
}
