import { answerRequests } from './answer-worker.ts';
import { contentDigests } from './digests.ts';
import { readContents } from './item-files.ts';
import { readItem, type ItemContent } from './item.ts';
import type { BappsMode } from './layout.ts';
import type { Resize } from './patch.ts';

export interface ReadRequest {
  readonly paths: readonly string[];
  readonly mode: BappsMode;
  readonly resize: Resize;
}

export interface ReadItem {
  /** Of each file. */
  readonly digests: readonly string[];
  readonly item: ItemContent | { readonly reason: string };
}

/** The thread side of `ItemPool`. */
answerRequests(async ({ paths, mode, resize }: ReadRequest): Promise<ReadItem> => {
  const contents = readContents(paths);
  return { digests: contentDigests(contents), item: await readItem(contents, mode, resize) };
});
