import { answerCalls } from '@vqforge/base/node';
import { contentDigests } from './digests.ts';
import { readContents } from './item-files.ts';
import { readItem, type ItemContent } from './item.ts';
import type { BappsMode } from './layout.ts';
import type { Resize } from './patch.ts';

/** The calls of a thread that reads items, with their answers. */
export interface ItemCalls {
  read: { request: ReadRequest; reply: ReadItem };
}

export interface ReadRequest {
  readonly paths: readonly string[];
  readonly mode: BappsMode;
  readonly resize: Resize;
}

export interface ReadItem {
  /** SHA-256 of each file. */
  readonly digests: readonly string[];
  readonly item: ItemContent | { readonly reason: string };
}

/** The thread side of `ItemPool`. */
answerCalls<ItemCalls>(() => ({
  read: async ({ paths, mode, resize }) => {
    const contents = readContents(paths);
    return { digests: contentDigests(contents), item: await readItem(contents, mode, resize) };
  },
}));
