import { listSets, pathsOf, readContents, readItem, type Resize } from '@vqforge/bapps';
import { ReportError } from './errors.ts';

/** Where a metric and people disagree: names and numbers of an evaluation. */
export interface Disagreeing {
  readonly set: string;
  readonly id: string;
  readonly d0: number;
  readonly d1: number;
  /** Share of people who found p1 closer. */
  readonly judge: number;
}

export interface PatchTriplet extends Disagreeing {
  /** Reference, p0, p1: interleaved RGB bytes [64, 64, 3]. */
  readonly patches: readonly Uint8Array[];
}

/**
 * Reads the pictures of some triplets as the metric saw them.
 * @throws ReportError WRONG_DATASET when a triplet is not there or people judged it otherwise; those of the dataset
 */
export async function readTriplets(
  dataset: string,
  triplets: readonly Disagreeing[],
  resize: Resize,
): Promise<PatchTriplet[]> {
  if (triplets.length === 0) return [];
  const sets = [...new Set(triplets.map(({ set }) => set))];
  const { items } = await listSets(dataset, '2afc', sets);
  const filesOf = new Map(items.map((files) => [`${files.set} ${files.id}`, files]));
  const read: PatchTriplet[] = [];
  for (const triplet of triplets) {
    const files = filesOf.get(`${triplet.set} ${triplet.id}`);
    const item = files && (await readItem(readContents(pathsOf(files)), '2afc', resize));
    if (item === undefined || 'reason' in item || item.judgement !== triplet.judge)
      throw new ReportError(
        'WRONG_DATASET',
        `${dataset} is not the dataset of this evaluation: ${triplet.set} ${triplet.id} ${item === undefined ? 'is not there' : 'reason' in item ? `cannot be read, ${item.reason}` : `was judged ${item.judgement}, expected ${triplet.judge}`}`,
      );
    read.push({ ...triplet, patches: item.patches });
  }
  return read;
}
