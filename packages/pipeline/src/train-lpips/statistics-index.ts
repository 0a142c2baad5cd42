import { canonicalJson, CodedError } from '@vqforge/base';
import { formatStatisticsIndex, parseStatisticsIndex, type StatisticsIndex } from '@vqforge/artifact';
import { MAX_DOCUMENT_BYTES, readIfPresent, writeDocuments } from '@vqforge/artifact/node';
import type { TwoAfc } from '@vqforge/bapps';

/** Writes the index of a whole pass beside its statistics file. */
export async function writeIndex(path: string, index: StatisticsIndex): Promise<void> {
  await writeDocuments([{ path: indexPath(path), text: formatStatisticsIndex(index) }]);
}

/** The index of a whole pass over these very files, which are read for it but not decoded; else undefined. */
export async function readIndex(path: string, dataset: TwoAfc): Promise<StatisticsIndex | undefined> {
  const bytes = await readIfPresent(indexPath(path), MAX_DOCUMENT_BYTES);
  if (bytes === undefined) return undefined;
  try {
    const index = parseStatisticsIndex(bytes);
    const isSame = canonicalJson(await dataset.digests()) === canonicalJson(index.digests);
    return isSame ? index : undefined;
  } catch (error) {
    // damaged, or of another version: the pass writes it again
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

function indexPath(path: string): string {
  return `${path}.json`;
}
