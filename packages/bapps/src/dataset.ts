import { inOrder } from '@vqforge/base';
import { BappsError } from './errors.ts';
import { datasetDigest, DigestsOfSets, type SetDigest } from './digests.ts';
import { ItemPool } from './item-pool.ts';
import type { ReadItem } from './item-worker.ts';
import type { ItemContent } from './item.ts';
import { LAYOUTS, type BappsMode } from './layout.ts';
import type { Resize } from './patch.ts';
import { listSets, pathsOf, type Damage, type ItemFiles, type ListedSets } from './set-files.ts';

export interface OpenBappsOptions {
  /** As in `val/traditional`; default: the sets that upstream evaluates. */
  readonly sets?: readonly string[];
  /** Default: bilinear, as upstream. */
  readonly resize?: Resize;
  /** Leave out what is damaged or incomplete instead of refusing the dataset. */
  readonly skipDamaged?: boolean;
}

/** One item: its pictures as patches, and what people said. */
export interface JudgedPatches extends ItemContent {
  /** Name of its files, unique in its set. */
  readonly id: string;
  readonly set: string;
}

/** Some sets of one mode, read as a stream: memory holds names, never the pictures. */
export class BappsDataset {
  readonly mode: BappsMode;
  /** Items that have all their files. */
  readonly count: number;
  /** What could not be used so far; after a whole pass, all of it. */
  readonly damaged: readonly Damage[];
  readonly #damaged: Damage[];
  readonly #listed: ListedSets;
  readonly #options: OpenBappsOptions;
  #digests: readonly SetDigest[] | undefined;

  private constructor(mode: BappsMode, listed: ListedSets, options: OpenBappsOptions) {
    this.mode = mode;
    this.count = listed.items.length;
    this.#damaged = [...listed.incomplete];
    this.damaged = this.#damaged;
    this.#listed = listed;
    this.#options = options;
  }

  /**
   * @param folder the one with `2afc` and `jnd` in it
   * @throws BappsError NOT_BAPPS, UNKNOWN_SET, EMPTY_SET, UNREADABLE; DAMAGED_DATASET when a file is missing
   */
  static async open(folder: string, mode: BappsMode, options: OpenBappsOptions = {}): Promise<BappsDataset> {
    const dataset = new BappsDataset(mode, await listSets(folder, mode, options.sets), options);
    dataset.#refuseDamaged();
    return dataset;
  }

  /**
   * The items, set by set in the order asked for, by name; a new pass with each call. Where one is damaged and may not
   * be skipped, no further item is given, and the pass throws at its end, with the whole count.
   *
   * @throws BappsError DAMAGED_DATASET
   */
  async *items(): AsyncGenerator<JudgedPatches, void, undefined> {
    const { skipDamaged = false } = this.#options;
    const digests = new DigestsOfSets();
    this.#damaged.length = this.#listed.incomplete.length;
    for await (const { files, read } of this.#read()) {
      const { set, id } = files;
      digests.add(files, read.digests);
      if ('reason' in read.item) this.#damaged.push({ set, id, reason: read.item.reason });
      else if (skipDamaged || this.#damaged.length === 0) yield { id, set, ...read.item };
    }
    this.#digests = digests.finish();
    this.#refuseDamaged();
  }

  /** Digest of each set; known after a whole pass, before one it reads all files. */
  async digests(): Promise<readonly SetDigest[]> {
    if (this.#digests !== undefined) return this.#digests;
    const digests = new DigestsOfSets();
    for await (const { files, read } of this.#read()) digests.add(files, read.digests);
    return (this.#digests = digests.finish());
  }

  /** Each item, in order, by threads that end with the pass. */
  async *#read(): AsyncGenerator<{ files: ItemFiles; read: ReadItem }, void, undefined> {
    const { resize = 'bilinear' } = this.#options;
    const { mode } = this;
    const pool = new ItemPool(this.#listed.items.length);
    try {
      yield* inOrder(this.#listed.items, pool.ahead, async (files: ItemFiles) => ({
        files,
        read: await pool.read({ paths: pathsOf(files), mode, resize }),
      }));
    } finally {
      await pool.close();
    }
  }

  /** One digest of all sets, whatever their order. */
  async digest(): Promise<string> {
    return datasetDigest(await this.digests());
  }

  #refuseDamaged(): void {
    const { length } = this.#damaged;
    if (length === 0 || this.#options.skipDamaged === true) return;
    const shown = this.#damaged.slice(0, 5).map(({ set, id, reason }) => `${set} ${id}: ${reason}`);
    const more = length > shown.length ? [`${length - shown.length} more`] : [];
    throw new BappsError(
      'DAMAGED_DATASET',
      `${length} of ${this.count + this.#listed.incomplete.length} ${LAYOUTS[this.mode].item}s cannot be used: ${[...shown, ...more].join('; ')}; mend them, or leave them out with --skip-damaged`,
    );
  }
}
