import { readFile, stat } from 'node:fs/promises';
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
  if (typeof source !== 'string') {
    assertSize(source.length, 'the log');
    return parseVmafLog(source, 'the log');
  }
  return parseVmafLog(await readBounded(source), source);
}

async function readBounded(path: string): Promise<Uint8Array> {
  try {
    const entry = await stat(path); // before it is opened, which a named pipe would answer by waiting
    if (!entry.isFile()) throw new TableError('UNREADABLE', `${path} is no file, expected a log of libvmaf`);
    assertSize(entry.size, path);
    return await readFile(path);
  } catch (error) {
    if (error instanceof TableError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new TableError('FILE_NOT_FOUND', `${path} does not exist, expected a log of libvmaf`, {
        cause: error,
      });
    throw new TableError('UNREADABLE', `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function assertSize(bytes: number, name: string): void {
  if (bytes > MAX_LOG_BYTES)
    throw new TableError(
      'TOO_LARGE',
      `${name} is ${bytes} bytes, expected at most ${MAX_LOG_BYTES}; log fewer metrics or frames`,
    );
}
