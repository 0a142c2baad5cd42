import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDeadLetter, parseDeadLetter, type DeadLetter } from '@vqforge/artifact';
import { makeFolder, readIfPresent, writeDocuments } from '@vqforge/artifact/node';
import { JOB_ID } from './job-identity.ts';
import type { JobFailure } from './job-verdict.ts';

const MAX_LETTER_BYTES = 2 ** 20;
const MAX_MESSAGE = 4096;

/** Jobs that were given up: a file for each, which stays until the job is to be tried again. */
export class DeadLetters {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** By id, in the order of ids. @throws ArtifactError | JsonError on a file that is none */
  async read(): Promise<Map<string, DeadLetter>> {
    const names = (await readdir(this.#folder).catch((): string[] => [])).sort();
    const found = new Map<string, DeadLetter>();
    for (const name of names) {
      if (!name.endsWith('.json') || !JOB_ID.test(name.slice(0, -'.json'.length))) continue;
      const bytes = await readIfPresent(join(this.#folder, name), MAX_LETTER_BYTES);
      if (bytes === undefined) continue;
      const letter = parseDeadLetter(bytes);
      found.set(letter.id, letter);
    }
    return found;
  }

  /** @throws ArtifactError UNWRITABLE */
  async add(id: string, { code, message, attempts }: JobFailure): Promise<void> {
    await makeFolder(this.#folder);
    const letter = { id, code, message: message.slice(0, MAX_MESSAGE), attempts };
    const text = formatDeadLetter({ schema: 'vqforge/corpus-dead-letter-v1', ...letter });
    await writeDocuments([{ path: join(this.#folder, `${id}.json`), text }]);
  }

  async remove(id: string): Promise<void> {
    await rm(join(this.#folder, `${id}.json`), { force: true });
  }
}
