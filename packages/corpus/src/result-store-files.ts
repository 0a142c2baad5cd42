import {
  closeSync,
  constants,
  copyFileSync,
  fdatasyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseCorpusResult, type CorpusResult } from '@vqforge/artifact';
import { CodedError, compactJson, sha256 } from '@vqforge/base';
import { temporaryPath } from '@vqforge/base/node';
import { CorpusError } from './errors.ts';
import { JOB_ID, jobId } from './job-identity.ts';

/** A file begins with the digest of what it holds. */
const HEAD = '{"sha256":"';
const MIDDLE = '","result":';
const TAIL = '}\n';
const BEFORE = HEAD.length + 64 + MIDDLE.length;

/** File systems without hard links, such as mounted buckets, say so in one of these ways. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EINVAL']);

/**
 * Results of jobs in a folder, written and read without threads: who uses it has nothing else to do, and a thread costs more than
 * the call. They lie there as `<two hex digits>/<id>.json`. A result is there whole or not at all, the first one that is written
 * stays, and it is checked against its own digest whenever it is read. Any number of processes and machines may share the folder.
 * Which jobs are done, the folder says and nothing else.
 */
export class ResultStore {
  readonly folder: string;
  readonly #made = new Set<string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where a result lies. */
  pathOf(id: string): string {
    return join(this.folder, id.slice(-64).slice(0, 2), `${id}.json`);
  }

  /** Ids of all results that are there; they are not read. */
  async ids(): Promise<Set<string>> {
    const found = new Set<string>();
    for (const folder of await namesIn(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const name of await namesIn(join(this.folder, folder))) {
        const id = name.slice(0, -'.json'.length);
        if (name.endsWith('.json') && JOB_ID.test(id)) found.add(id);
      }
    }
    return found;
  }

  /**
   * Whether a result is there, by its digest; one that is damaged is not.
   * @throws CorpusError DAMAGED_RESULT where the file cannot be read
   */
  has(id: string): boolean {
    return this.#payload(id) !== undefined;
  }

  /** @throws CorpusError DAMAGED_RESULT where it is not there, damaged, or of another job */
  get(id: string): CorpusResult {
    const payload = this.#payload(id);
    if (payload === undefined)
      throw new CorpusError(
        'DAMAGED_RESULT',
        `result ${this.pathOf(id)} is not there or damaged; run the corpus again`,
      );
    try {
      // its own digest says that it is what was written
      const result = parseCorpusResult(JSON.parse(payload.toString()));
      if (jobId(result.identity) === id) return result;
    } catch (cause) {
      if (cause instanceof CodedError)
        throw new CorpusError('DAMAGED_RESULT', `result ${this.pathOf(id)}: ${cause.message}`, { cause });
      throw cause;
    }
    throw new CorpusError('DAMAGED_RESULT', `result ${this.pathOf(id)} is that of another job; remove it`);
  }

  /**
   * Puts a result in place, unless the same one is there. A damaged one is replaced.
   *
   * @throws CorpusError CONFLICTING_RESULTS where another result is there; UNWRITABLE
   */
  async put(result: CorpusResult): Promise<string> {
    const id = jobId(result.identity);
    const payload = compactJson(result);
    const digest = sha256(payload);
    const path = this.pathOf(id);
    const temporary = await this.#write(path, HEAD + digest + MIDDLE + payload + TAIL);
    try {
      if (firstWins(temporary, path)) return id;
      const there = this.#payload(id);
      if (there === undefined) renameSync(temporary, path);
      else if (sha256(there) !== digest)
        throw new CorpusError(
          'CONFLICTING_RESULTS',
          `job ${id} has two different results: ${path} with sha256 ${sha256(there)}, and one just computed with sha256 ${digest}; a machine computes otherwise, or the file was changed: remove it and run the corpus again`,
        );
      return id;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  async #write(path: string, text: string): Promise<string> {
    try {
      const folder = dirname(path);
      if (!this.#made.has(folder)) mkdirSync(folder, { recursive: true });
      this.#made.add(folder);
      // all in one folder, which is looked through for what kills left behind
      const temporary = await temporaryPath(join(this.folder, basename(path)));
      try {
        writeWhole(temporary, text);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
      return temporary;
    } catch (cause) {
      throw new CorpusError('UNWRITABLE', `result ${path} cannot be written: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  /** The result's text, undefined where it is not there or does not fit its digest. */
  #payload(id: string): Buffer | undefined {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.pathOf(id));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new CorpusError(
        'DAMAGED_RESULT',
        `result ${this.pathOf(id)} cannot be read: ${(cause as Error).message}`,
        {
          cause,
        },
      );
    }
    const payload = bytes.subarray(BEFORE, Math.max(BEFORE, bytes.length - TAIL.length));
    const head = bytes.subarray(0, BEFORE).toString('latin1');
    const isWhole =
      head === HEAD + sha256(payload) + MIDDLE && bytes.subarray(-TAIL.length).toString('latin1') === TAIL;
    return isWhole ? payload : undefined;
  }
}

function writeWhole(path: string, text: string): void {
  const file = openSync(path, 'wx');
  try {
    writeFileSync(file, text);
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Gives a file its final name unless that is taken; whether it got it. */
function firstWins(temporary: string, path: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === undefined || !NO_LINKS.has(code)) throw unwritable(path, error);
  }
  try {
    // not whole at once: a reader in between finds what its digest does not fit, and takes it for missing
    copyFileSync(temporary, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw unwritable(path, error);
  }
}

function unwritable(path: string, cause: unknown): CorpusError {
  return new CorpusError('UNWRITABLE', `result ${path} cannot be written: ${(cause as Error).message}`, {
    cause,
  });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new CorpusError('DAMAGED_RESULT', `folder ${folder} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
