import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatClipDigests, parseClipDigests } from '@vqforge/artifact';
import { makeFolder, readIfPresent, writeDocuments } from '@vqforge/artifact/node';
import { CorpusError } from './errors.ts';

/** A clip's content, and the state of the file that it was read from. */
export interface ClipDigest {
  readonly sha256: string;
  /** While it is the same, so is the content: a file system moves one of these with every change. */
  readonly state: string;
}

const CHUNK_BYTES = 1 << 20;
const MAX_DIGESTS_BYTES = 512 * 2 ** 20;

/** Inode, bytes and times of a regular file. @throws CorpusError MISSING_CLIP */
export async function clipState(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch((cause: unknown) => {
    throw new CorpusError('MISSING_CLIP', `clip ${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  });
  if (!found.isFile())
    throw new CorpusError('MISSING_CLIP', `clip ${path} is no regular file; a corpus is made of files`);
  return `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;
}

/** Reads a clip to its end. @throws CorpusError MISSING_CLIP; CHANGED_CLIP where it changes meanwhile */
export async function digestClip(path: string): Promise<ClipDigest> {
  const state = await clipState(path);
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }))
      hash.update(chunk as Uint8Array);
  } catch (cause) {
    throw new CorpusError('MISSING_CLIP', `clip ${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  await requireState(path, state);
  return { sha256: hash.digest('hex'), state };
}

/**
 * Checks that a clip is still the file whose digest was taken.
 *
 * @throws CorpusError CHANGED_CLIP where the file is not what it was
 */
export async function requireState(path: string, state: string): Promise<void> {
  if ((await clipState(path)) === state) return;
  throw new CorpusError('CHANGED_CLIP', `clip ${path} changed while it was read; run the corpus again`);
}

/** The digests that runs of a corpus have taken, in a folder with a file for each share: no two processes write one file. */
export class DigestFolder {
  readonly #folder: string;
  readonly #known = new Map<string, ClipDigest>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws ArtifactError | JsonError on a file that is no list of digests */
  static async read(folder: string): Promise<DigestFolder> {
    const digests = new DigestFolder(folder);
    const names = await readdir(folder).catch((): string[] => []);
    for (const name of names.filter((each) => each.endsWith('.json')).sort()) {
      const bytes = await readIfPresent(join(folder, name), MAX_DIGESTS_BYTES);
      if (bytes === undefined) continue;
      for (const { path, sha256, state } of parseClipDigests(bytes).files)
        digests.#known.set(path, { sha256, state });
    }
    return digests;
  }

  /** What was taken last, of a file that may have changed since. */
  get(path: string): ClipDigest | undefined {
    return this.#known.get(path);
  }

  set(path: string, digest: ClipDigest): void {
    this.#known.set(path, digest);
  }

  /** Writes what is known of these clips as the share's own file. @throws ArtifactError UNWRITABLE */
  async write(share: string, paths: Iterable<string>): Promise<void> {
    await makeFolder(this.#folder);
    const files = [...new Set(paths)].sort().flatMap((path) => {
      const known = this.#known.get(path);
      return known === undefined ? [] : [{ path, ...known }];
    });
    const text = formatClipDigests({ schema: 'vqforge/corpus-digests-v1', files });
    await writeDocuments([{ path: join(this.#folder, `${share}.json`), text }]);
  }
}
