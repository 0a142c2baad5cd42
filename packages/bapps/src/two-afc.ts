import { BappsDataset, type OpenBappsOptions } from './dataset.ts';
import type { SetDigest } from './digests.ts';
import type { Damage } from './set-files.ts';

export interface Triplet {
  /** Name of its files, unique in its set. */
  readonly id: string;
  readonly set: string;
  /** Interleaved RGB bytes [64, 64, 3], like the two distorted patches. */
  readonly reference: Uint8Array;
  readonly p0: Uint8Array;
  readonly p1: Uint8Array;
  /** Fraction of people who found p1 closer to the reference, in [0, 1]. */
  readonly judge: number;
}

export interface TwoAfc {
  /** Triplets that have all their files. */
  readonly count: number;
  /** With `skipDamaged`: what was left out so far; after a whole pass, all of it. */
  readonly damaged: readonly Damage[];
  /** Set by set in the order asked for, by name; a new pass with each call. @throws BappsError DAMAGED_DATASET */
  triplets(): AsyncIterable<Triplet>;
  /** Content digest of all sets, whatever their order: known after a whole pass; before one, this reads all files. */
  digest(): Promise<string>;
  digests(): Promise<readonly SetDigest[]>;
}

/**
 * Opens two-alternative forced choices of a BAPPS folder: `2afc/{train,val}/<set>/{ref,p0,p1}/*.png, judge/*.npy`.
 *
 * @throws BappsError NOT_BAPPS, UNKNOWN_SET, EMPTY_SET, UNREADABLE; DAMAGED_DATASET when files are missing
 */
export async function openTwoAfc(folder: string, options: OpenBappsOptions = {}): Promise<TwoAfc> {
  const dataset = await BappsDataset.open(folder, '2afc', options);
  return {
    count: dataset.count,
    damaged: dataset.damaged,
    async *triplets() {
      for await (const { id, set, patches, judgement } of dataset.items()) {
        const [reference, p0, p1] = patches as [Uint8Array, Uint8Array, Uint8Array];
        yield { id, set, reference, p0, p1, judge: judgement };
      }
    },
    digest: () => dataset.digest(),
    digests: () => dataset.digests(),
  };
}
