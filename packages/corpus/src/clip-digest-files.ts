import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@vqforge/artifact/node';
import { SHA256_PATTERN } from '@vqforge/base';
import { CorpusError } from './errors.ts';

/** A clip's content, and the state of the file that it was read from. */
export interface ClipDigest {
  readonly sha256: string;
  /** While it is the same, so is the content: a file system moves one of these with every change. */
  readonly state: string;
}

const CHUNK_BYTES = 1 << 20;

/** Inode, bytes and times of a regular file. @throws CorpusError MISSING_CLIP */
export async function clipState(path: string): Promise<string> {
  return (await regularFile(path)).state;
}

async function regularFile(path: string): Promise<{ readonly state: string; readonly bytes: number }> {
  const found = await stat(path, { bigint: true }).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (!found.isFile())
    throw new CorpusError('MISSING_CLIP', `clip ${path} is no regular file; a corpus is made of files`);
  return {
    state: `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`,
    bytes: Number(found.size),
  };
}

/** Reads a clip to its end. @throws CorpusError MISSING_CLIP; CHANGED_CLIP where it changes meanwhile */
export async function digestClip(path: string): Promise<ClipDigest> {
  const { state, bytes } = await regularFile(path);
  const hash = createHash('sha256');
  // one buffer for all of the file: memory that is taken for each part of it makes the collector run without end
  const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, Math.max(1, bytes)));
  try {
    const file = await open(path);
    try {
      for (;;) {
        const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
        if (bytesRead === 0) break;
        hash.update(chunk.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  await requireState(path, state);
  return { sha256: hash.digest('hex'), state };
}

function unreadable(path: string, cause: unknown): CorpusError {
  return new CorpusError('MISSING_CLIP', `clip ${path} cannot be read: ${(cause as Error).message}`, {
    cause,
  });
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

/**
 * The digests that runs of a corpus have taken, in a folder with a file of JSON lines for each share: no two shares write one file.
 * A line is written as soon as its clip was read, and the last one of a clip counts. What a kill left half written is passed over:
 * that clip is read again.
 */
export class DigestFolder {
  readonly #folder: string;
  readonly #known = new Map<string, ClipDigest>();
  #file: number | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws the system's error of a file that cannot be read */
  static async read(folder: string): Promise<DigestFolder> {
    const digests = new DigestFolder(folder);
    const names = await readdir(folder).catch((): string[] => []);
    for (const name of names.filter((each) => each.endsWith('.jsonl')).sort()) {
      const file = await open(join(folder, name));
      for await (const line of file.readLines()) digests.#note(line);
    }
    return digests;
  }

  /** What was taken last, of a file that may have changed since. */
  get(path: string): ClipDigest | undefined {
    return this.#known.get(path);
  }

  /** Takes over a digest and writes it to the share's own file. @throws CorpusError UNWRITABLE */
  async add(share: string, path: string, { sha256, state }: ClipDigest): Promise<void> {
    const name = join(this.#folder, `${share}.jsonl`);
    try {
      if (this.#file === undefined) {
        await makeFolder(this.#folder);
        this.#file = openSync(name, 'a');
        writeSync(this.#file, '\n'); // after what a kill left half written
      }
      writeSync(this.#file, `${JSON.stringify({ path, sha256, state })}\n`);
    } catch (cause) {
      throw new CorpusError('UNWRITABLE', `${name} cannot be written: ${(cause as Error).message}`, {
        cause,
      });
    }
    this.#known.set(path, { sha256, state });
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #note(line: string): void {
    if (line === '') return;
    try {
      const { path, sha256, state } = JSON.parse(line) as Record<string, unknown>;
      const isDigest = typeof sha256 === 'string' && SHA256_PATTERN.test(sha256);
      if (isDigest && typeof path === 'string' && typeof state === 'string')
        this.#known.set(path, { sha256, state });
    } catch {
      // half a line
    }
  }
}
