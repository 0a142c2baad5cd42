import { statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { UsageError } from './usage-error.ts';

/** Policies, environments and sidecars are a page of text. */
const MAX_BYTES = 1_048_576;

/** A small file that a flag names. @throws UsageError when it cannot be read */
export async function readInput(path: string, flag: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_BYTES) return await readFile(path);
  } catch (error) {
    throw new UsageError('USAGE', `${flag}: ${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  throw new UsageError('USAGE', `${flag}: ${path} is larger than ${MAX_BYTES} bytes`);
}

/** Whether a path is that of a pipe, whose reader waits for a writer. */
export function isNamedPipe(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}
