import { TableError } from '../errors.ts';
import { foreignText } from './foreign-logs.ts';
import type { VmafLog } from './vmaf-log.ts';

/**
 * Parses a log of libvmaf; its content tells the format. The parsers load on demand: most programs read one format.
 *
 * @param name of the log, for messages
 * @throws TableError NOT_A_LOG | DAMAGED | NO_ROWS
 */
export async function parseVmafLog(bytes: Uint8Array, name: string): Promise<VmafLog> {
  const text = decode(bytes, name);
  const start = text.slice(0, 256).trimStart(); // our own limit on blank space before a log
  const foreign = foreignText(start);
  if (foreign !== undefined)
    throw new TableError('NOT_A_LOG', `${name} is ${foreign} and no log of libvmaf; ${HINT}`);
  if (start.startsWith('{')) return (await import('./json-log.ts')).parseJsonLog(text, name);
  if (start.startsWith('<')) return (await import('./xml-log.ts')).parseXmlLog(text, name);
  if (/^"?Frame"?,/.test(start)) return (await import('./csv-log.ts')).parseCsvLog(text, name);
  throw new TableError('NOT_A_LOG', `${name} is no JSON, XML or CSV log of libvmaf; ${HINT}`);
}

const HINT = 'vmaf writes one with --output FILE and --json, --xml or --csv';

/** A byte order mark is skipped; a null byte is in no text, and every second byte of UTF-16. */
function decode(bytes: Uint8Array, name: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const at = text.indexOf('\0');
    if (at >= 2)
      throw new TableError('DAMAGED', `${name} has a null byte after ${at} characters; write it again`);
    if (at < 0) return text;
    throw new TypeError('a null byte at the beginning');
  } catch (cause) {
    if (cause instanceof TableError) throw cause;
    const [first, second] = bytes;
    const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    const isUtf16 = isMarked || (first === 0) !== (second === 0);
    const what = isUtf16 ? 'is UTF-16, as a shell of Windows redirects output' : 'is no text in UTF-8';
    throw new TableError('NOT_A_LOG', `${name} ${what}; expected a log that vmaf wrote with --output FILE`, {
      cause,
    });
  }
}
