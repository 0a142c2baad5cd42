import { createHash, type Hash } from 'node:crypto';
import type { ItemFiles } from './set-files.ts';

export interface SetDigest {
  readonly set: string;
  /** Items of the set that have all their files, damaged ones included. */
  readonly count: number;
  /** SHA-256 over the names and bytes of all these files. */
  readonly sha256: string;
}

/** The content of a file, or a text that says why there is none. */
export type FileContent = Uint8Array | string;

/** SHA-256 of each content in hex; `unreadable` where there is none. */
export function contentDigests(contents: readonly FileContent[]): string[] {
  return contents.map((content) =>
    typeof content === 'string' ? 'unreadable' : createHash('sha256').update(content).digest('hex'),
  );
}

/** SHA-256 over a line per item, in order: `<id> <sha256 of each file…>`. */
export class DigestsOfSets {
  readonly #sets = new Map<string, { count: number; readonly hash: Hash }>();

  /** @param digests of the item's files, as `contentDigests` gives them */
  add({ set, id }: ItemFiles, digests: readonly string[]): void {
    const entry = this.#sets.get(set) ?? { count: 0, hash: createHash('sha256') };
    this.#sets.set(set, entry);
    entry.count++;
    entry.hash.update(`${id} ${digests.join(' ')}\n`);
  }

  finish(): SetDigest[] {
    return [...this.#sets].map(([set, { count, hash }]) => ({ set, count, sha256: hash.digest('hex') }));
  }
}

/** SHA-256 over a line per set, whatever their order: `<set> <count> <sha256>`. */
export function datasetDigest(sets: readonly SetDigest[]): string {
  const lines = sets.map(({ set, count, sha256 }) => `${set} ${count} ${sha256}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}
