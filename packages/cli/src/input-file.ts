import { statSync } from 'node:fs';
import { FileError, readBoundedFile } from '@vqforge/base/node';
import { UsageError } from './usage-error.ts';

/** Policies, environments and sidecars are a page of text. */
const MAX_BYTES = 1_048_576;

/** A small file, or a pipe with as much, that a flag names. @throws UsageError when it cannot be read */
export async function readInput(path: string, flag: string, signal: AbortSignal): Promise<Buffer> {
  const bytes = await readBoundedFile(path, MAX_BYTES, { pipes: true, signal }).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    throw new UsageError(`${flag}: ${error.message}`, { cause: error });
  });
  if (bytes === null) throw new UsageError(`${flag}: ${path} does not exist`);
  return bytes;
}

/** Whether a path is that of a pipe, whose reader waits for a writer. */
export function isNamedPipe(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}
