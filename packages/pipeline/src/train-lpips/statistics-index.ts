import { canonicalJson } from '@vqforge/base';
import type { SetDigest } from '@vqforge/bapps';
import type { TwoAfc } from '@vqforge/bapps';
import { MAX_DOCUMENT_BYTES, readIfPresent, writeDocuments } from '@vqforge/artifact/node';

/** What the rows of a statistics file are of, after a whole pass. */
export interface StatisticsIndex {
  /** Content of each set. */
  readonly digests: readonly SetDigest[];
  /** Sets in their order, with the triplets that are used of each. */
  readonly sets: readonly { readonly set: string; readonly triplets: number }[];
  /** Triplets that are damaged. */
  readonly skipped: number;
}

const SCHEMA = 'vqforge-statistics-v1';

export async function writeIndex(path: string, index: StatisticsIndex): Promise<void> {
  await writeDocuments([{ path: indexPath(path), text: canonicalJson({ schema: SCHEMA, ...index }) }]);
}

/** The index of a whole pass over these very files, which are read for it but not decoded; else undefined. */
export async function readIndex(path: string, dataset: TwoAfc): Promise<StatisticsIndex | undefined> {
  const bytes = await readIfPresent(indexPath(path), MAX_DOCUMENT_BYTES);
  if (bytes === undefined) return undefined;
  try {
    const { schema, ...index } = JSON.parse(Buffer.from(bytes).toString('utf8')) as StatisticsIndex & {
      readonly schema: string;
    };
    const isSame = canonicalJson(await dataset.digests()) === canonicalJson(index.digests);
    return schema === SCHEMA && isSame ? index : undefined;
  } catch {
    // not whole, or not ours: the pass writes it again
    return undefined;
  }
}

function indexPath(path: string): string {
  return `${path}.json`;
}
