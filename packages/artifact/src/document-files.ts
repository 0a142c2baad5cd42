import { mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { MAX_MODEL_BYTES } from '@vqforge/base';
import { FileError, isFolder, readBoundedFile, temporaryPath } from '@vqforge/base/node';
import { ArtifactError } from './errors.ts';

/** Whether a path lies below a folder `node_modules`. */
export function isInstalled(path: string): boolean {
  return path.split(sep).includes('node_modules');
}

/**
 * Refuses a path below `node_modules`, also through links: what is written there is gone with the next installation.
 *
 * @param path of a file or folder that need not be there yet
 * @param name how the message calls it; default: the path
 * @throws ArtifactError BAD_OUTPUT
 * @example await requireKept('/project/node_modules/a/model.onnx') // throws BAD_OUTPUT: … lies below node_modules, …
 */
export async function requireKept(path: string, name: string = path): Promise<void> {
  const absolute = resolve(path);
  if (!isInstalled(absolute) && !isInstalled(await realFolder(absolute))) return;
  throw new ArtifactError(
    'BAD_OUTPUT',
    `${name} lies below node_modules, where the next installation erases it; write elsewhere`,
  );
}

/** The nearest folder above that is there, without links. */
async function realFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    const real = await realpath(folder).catch(() => undefined);
    if (real !== undefined) return real;
    if (dirname(folder) === folder) return folder;
  }
}

/** The largest file that a job reads whole: a model. */
export const MAX_DOCUMENT_BYTES: number = MAX_MODEL_BYTES;

/** The bytes of a file that may be missing; undefined when it is. @throws ArtifactError UNREADABLE */
export async function readIfPresent(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    return (await readBoundedFile(path, maxBytes)) ?? undefined;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new ArtifactError('UNREADABLE', error.message, { cause: error });
  }
}

export interface Document {
  readonly path: string;
  readonly text: string | Uint8Array;
}

/** Writes each document whole or not at all, in order. @throws ArtifactError UNWRITABLE, BAD_OUTPUT below `node_modules` */
export async function writeDocuments(documents: readonly Document[]): Promise<void> {
  const staged = await stageDocuments(documents);
  await staged.commit();
}

/** Documents that lie flushed under temporary names, each beside its own. */
interface StagedDocuments {
  /** Puts them in place, in order. */
  commit(): Promise<void>;
  /** Removes what was not put in place. */
  discard(): Promise<void>;
}

/**
 * Writes documents under temporary names, flushed to disk, to be put in place together later.
 *
 * @throws ArtifactError UNWRITABLE, BAD_OUTPUT below `node_modules`; with nothing left behind
 */
export async function stageDocuments(documents: readonly Document[]): Promise<StagedDocuments> {
  for (const { path } of documents) await requireKept(path);
  const staged: (Document & { readonly temporary: string })[] = [];
  for (const document of documents)
    staged.push({ ...document, temporary: await temporaryPath(document.path) });
  const discard = async (): Promise<void> => {
    // what cannot be removed must not hide why it is to be removed
    for (const { temporary } of staged) await rm(temporary, { force: true }).catch(() => undefined);
  };
  const attempt = async (path: string, write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      await discard();
      throw new ArtifactError('UNWRITABLE', `${path} cannot be written: ${(error as Error).message}`, {
        cause: error,
      });
    }
  };
  for (const { path, text, temporary } of staged)
    await attempt(path, () => writeFile(temporary, text, { flag: 'wx', flush: true }));
  return {
    discard,
    commit: async () => {
      for (const { path, temporary } of staged) await attempt(path, () => rename(temporary, path));
    },
  };
}

/**
 * Checks, before any work, that the folder of an output is there and can be written.
 *
 * @throws ArtifactError BAD_OUTPUT when the folder that would hold `path` is not there or cannot be written
 */
export async function requireFolderOf(path: string, flag: string): Promise<void> {
  const folder = dirname(path);
  if (!(await isFolder(folder)))
    throw new ArtifactError('BAD_OUTPUT', `${flag}: folder ${folder} does not exist; make it first`);
  const probe = await temporaryPath(path);
  try {
    await writeFile(probe, '', { flag: 'wx' });
    await rm(probe);
  } catch (error) {
    throw new ArtifactError(
      'BAD_OUTPUT',
      `${flag}: folder ${folder} cannot be written: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === false)
    throw new ArtifactError('BAD_OUTPUT', `${flag}: ${path} is there and is not a file`);
}

/** Makes a folder and those above it, where they are not there. @throws ArtifactError UNWRITABLE, BAD_OUTPUT below `node_modules` */
export async function makeFolder(path: string): Promise<void> {
  await requireKept(path, `folder ${path}`);
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new ArtifactError('UNWRITABLE', `folder ${path} cannot be made: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
