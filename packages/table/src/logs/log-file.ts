import { FileError, readBoundedFile } from '@vqforge/base/node';
import { TableError } from '../errors.ts';
import { filesOf, type FileKind } from '../table-files.ts';
import { parseVmafLog } from './log-text.ts';
import type { VmafLog } from './vmaf-log.ts';

/** Some 300,000 frames of 18 metrics as JSON: 3.5 hours at 24 frames per second. */
const MAX_LOG_BYTES = 256 * 2 ** 20;

const LOG: FileKind = { noun: 'log of libvmaf', pattern: '**/*.{json,xml,csv}' };

/**
 * Logs named by paths, folders and glob patterns: in the order of these, and within one by path.
 *
 * @throws TableError FILE_NOT_FOUND | NO_FILES | UNREADABLE
 */
export async function findLogs(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) found.push(...(await filesOf(path, LOG)));
  return found;
}

/**
 * Reads a JSON, XML or CSV log of libvmaf; its content tells the format.
 *
 * @param source path of a file, or its bytes
 * @throws TableError FILE_NOT_FOUND | UNREADABLE | TOO_LARGE | NOT_A_LOG | DAMAGED | NO_ROWS
 * @example
 * const log = await readVmafLog('crf28.json');
 * featuresOf(log, ['adm2', 'motion2']); // [N, 2], row by row
 */
export async function readVmafLog(source: string | Uint8Array): Promise<VmafLog> {
  if (typeof source === 'string') return parseVmafLog(await readLog(source), source);
  if (source.length > MAX_LOG_BYTES)
    throw new TableError(
      'TOO_LARGE',
      `the log is ${source.length} bytes, expected at most ${MAX_LOG_BYTES}; log fewer metrics or frames`,
    );
  return parseVmafLog(source, 'the log');
}

async function readLog(path: string): Promise<Uint8Array> {
  const bytes = await readBoundedFile(path, MAX_LOG_BYTES).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    if (error.code === 'TOO_LARGE')
      throw new TableError('TOO_LARGE', `${error.message}; log fewer metrics or frames`, { cause: error });
    throw new TableError('UNREADABLE', `${error.message}, expected a log of libvmaf`, { cause: error });
  });
  if (bytes === null)
    throw new TableError('FILE_NOT_FOUND', `${path} does not exist, expected a log of libvmaf`);
  return bytes;
}
