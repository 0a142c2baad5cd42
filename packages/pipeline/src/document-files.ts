import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { PipelineError } from './errors.ts';

/** The largest file that a job reads whole: the size cap of a model (contracts of the registry). */
export const MAX_DOCUMENT_BYTES: number = 50 * 1_048_576;

/** The bytes of a file that may be missing; undefined when it is. @throws PipelineError UNREADABLE | BAD_OUTPUT */
export async function readIfPresent(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes)
      throw new PipelineError('UNREADABLE', `${path} has ${size} bytes, expected at most ${maxBytes}`);
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof PipelineError) throw error;
    throw new PipelineError('UNREADABLE', `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Writes a document whole or not at all: a temporary file beside it, flushed, then renamed into place. */
export async function writeDocument(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new PipelineError('UNWRITABLE', `${path} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** @throws PipelineError BAD_OUTPUT when the folder that would hold `path` is not there or cannot be written */
export async function requireFolderOf(path: string, flag: string): Promise<void> {
  const folder = dirname(path);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new PipelineError('BAD_OUTPUT', `${flag}: folder ${folder} does not exist; make it first`);
  const probe = join(folder, `.vqforge-${randomBytes(6).toString('hex')}.tmp`);
  try {
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (error) {
    throw new PipelineError(
      'BAD_OUTPUT',
      `${flag}: folder ${folder} cannot be written: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => true,
  );
  if (!isFile) throw new PipelineError('BAD_OUTPUT', `${flag}: ${path} is there and is not a file`);
}

export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new PipelineError('UNWRITABLE', `folder ${path} cannot be made: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Runs a job in a temporary folder of its own, which is removed whatever happens. */
export async function withScratchFolder<T>(job: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-'));
  try {
    return await job(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
