import { CodedError } from '@vqforge/base';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { contentDigest, readWeights, selectHeads, selectTrunk, type StateDict } from '@vqforge/export/lpips';
import { readIfPresent } from '@vqforge/artifact/node';
import { PullError } from './errors.ts';
import { filesBelow, temporaryPath } from '@vqforge/base/node';
import { isPinned, type PinnedFile, type UpstreamFile } from './weights-upstream.ts';

/** A file that the cache holds; weights are also known by their tensors. */
type CacheableFile = PinnedFile & Partial<Pick<UpstreamFile, 'content' | 'net' | 'role'>>;

/** A file of weights that was checked. */
export interface CheckedFile {
  readonly path: string;
  readonly sha256: string;
  /** `file`: the upstream file itself. `content`: another file with the same tensors. */
  readonly matches: 'file' | 'content';
}

/** The largest file of weights, torchvision's VGG16, has 528 MiB. */
export const MAX_WEIGHTS_BYTES: number = 2 ** 30;

/** Hidden files are unfinished. */
const WEIGHT_FILE = /^[^.].*\.(pth|pt|safetensors)$/;

/** The tensors of one role from any of the containers. @throws WeightsError */
export function selectWeights(
  bytes: Uint8Array,
  { net, role }: Pick<UpstreamFile, 'net' | 'role'>,
): StateDict {
  const { stateDict } = readWeights(bytes);
  return role === 'trunk' ? selectTrunk(stateDict, net) : selectHeads(stateDict, net);
}

/** The checked file of the cache, or undefined; what is there and is something else is no cached file. */
export async function findCached(cache: string, upstream: CacheableFile): Promise<CheckedFile | undefined> {
  for (const name of [upstream.file, ...contentNames(upstream)]) {
    const found = await checkFile(join(cache, name), upstream);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A file of the folder with the pinned bytes, or else one with the pinned tensors. Subfolders are not searched. */
export async function findInFolder(
  folder: string,
  upstream: CacheableFile,
): Promise<CheckedFile | undefined> {
  const names = (await readdir(folder).catch((error: unknown) => unreadable(folder, error)))
    .filter((name) => name === upstream.file || WEIGHT_FILE.test(name))
    .sort((a, b) => (a === upstream.file ? -1 : b === upstream.file ? 1 : a < b ? -1 : 1));
  let sameContent: CheckedFile | undefined;
  for (const name of names) {
    const found = await checkFile(join(folder, name), upstream);
    if (found?.matches === 'file') return found;
    sameContent ??= found;
  }
  return sameContent;
}

/** The tensors of a role in any file of weights below the folders, the first for which `isWanted`. */
export async function findTensors(
  folders: readonly string[],
  role: Pick<UpstreamFile, 'net' | 'role'>,
  isWanted: (tensors: StateDict) => boolean,
): Promise<StateDict | undefined> {
  for (const folder of folders) {
    for (const path of await filesBelow(folder, WEIGHT_FILE)) {
      const tensors = await tensorsOf(path, role);
      if (tensors !== undefined && isWanted(tensors)) return tensors;
    }
  }
  return undefined;
}

/** Copies a checked file into the cache, whole or not at all. Returns where it is now. */
export async function addToCache(
  cache: string,
  upstream: CacheableFile,
  found: CheckedFile,
): Promise<CheckedFile> {
  const ending = extname(found.path) === '.safetensors' ? '.safetensors' : '.pth';
  const name =
    found.matches === 'file'
      ? upstream.file
      : (contentNames(upstream).find((candidate) => candidate.endsWith(ending)) as string);
  const temporary = await temporaryPath(join(cache, name));
  try {
    await copyFile(found.path, temporary);
    // the copy is what counts: the original may have changed since it was checked
    const copied = await checkFile(temporary, upstream);
    if (copied === undefined)
      throw new PullError('DIGEST_MISMATCH', `${found.path} changed while it was copied; try again`);
    return { ...copied, path: await moveIntoPlace(temporary, join(cache, name)) };
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new PullError('UNWRITABLE', `${join(cache, name)}: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Flushed first: a name in the cache stands for a checked file, after a power cut too. */
export async function moveIntoPlace(temporary: string, path: string): Promise<string> {
  const file = await open(temporary, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  return path;
}

/** SHA-256 of a file in hex, read in parts. @throws Error of the file system */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** Undefined where there is no such file, or another one. */
async function checkFile(path: string, upstream: CacheableFile): Promise<CheckedFile | undefined> {
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
  if (size === undefined || size > upstream.maxBytes) return undefined;
  const sha256 = await fileDigest(path).catch((error: unknown) => unreadable(path, error));
  if (isPinned(sha256, upstream)) return { path, sha256, matches: 'file' };
  const { content, net, role } = upstream;
  if (content === undefined || net === undefined || role === undefined) return undefined;
  const tensors = await tensorsOf(path, { net, role });
  const isSame = tensors !== undefined && contentDigest(tensors) === content;
  return isSame ? { path, sha256, matches: 'content' } : undefined;
}

/** Undefined for what cannot be read, another kind of file, and weights of another net. */
async function tensorsOf(
  path: string,
  role: Pick<UpstreamFile, 'net' | 'role'>,
): Promise<StateDict | undefined> {
  const bytes = await readIfPresent(path, MAX_WEIGHTS_BYTES).catch(() => undefined);
  if (bytes === undefined) return undefined;
  try {
    return selectWeights(bytes, role);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

/** `x.pth` → `x.tensors.pth`, `x.tensors.safetensors`: the same tensors in another file. */
function contentNames({ file }: PinnedFile): string[] {
  return ['.pth', '.safetensors'].map((ending) => `${basename(file, '.pth')}.tensors${ending}`);
}

function unreadable(path: string, error: unknown): never {
  throw new PullError('UNREADABLE', `${path} cannot be read: ${(error as Error).message}`, {
    cause: error,
  });
}
