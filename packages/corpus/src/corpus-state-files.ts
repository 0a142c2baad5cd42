import type { DeadLetter } from '@vqforge/artifact';
import { DigestFolder } from './clip-digest-files.ts';
import { assembleTable, type Assembly, type MissingPair } from './assembly-files.ts';
import type { CorpusFolder, RecordedRun } from './corpus-folder-files.ts';
import { planPairs, type PlannedPair } from './corpus-plan.ts';
import type { CorpusPair } from './manifest.ts';

/** The pairs of a corpus, by whether their results are known. */
export interface CorpusState {
  readonly recorded: RecordedRun;
  readonly digests: DigestFolder;
  readonly done: readonly PlannedPair[];
  readonly dead: readonly (PlannedPair & { readonly letter: DeadLetter })[];
  /** Digests are known, results are not there. */
  readonly waiting: readonly PlannedPair[];
  /** No share has taken the digests of the clips yet. */
  readonly unread: readonly CorpusPair[];
}

/** A second result of one job was another one: which of them is right is not known. */
const CONFLICT = 'CONFLICTING_RESULTS';

/**
 * Compares the manifest of a corpus with its results.
 *
 * @param whole reads every result and checks its digest; else what lies under a result's name counts as one
 * @throws CorpusError NO_RUN | BAD_MANIFEST
 */
export async function readCorpusState(
  folder: CorpusFolder,
  { whole, recorded }: { readonly whole: boolean; readonly recorded?: RecordedRun },
): Promise<CorpusState> {
  const run = recorded ?? (await folder.recorded());
  const digests = await DigestFolder.read(folder.digests);
  const planned = planPairs(run.manifest.pairs, run.run.identity, (path) => digests.get(path));
  const known = new Set(planned.map(({ pair }) => pair));
  const letters = await folder.letters.read();
  const there = await folder.store.ids();
  const isDone = ({ id }: PlannedPair): boolean =>
    there.has(id) && letters.get(id)?.code !== CONFLICT && (!whole || folder.store.has(id));
  const done = planned.filter(isDone);
  const isOpen = new Set(planned);
  for (const pair of done) isOpen.delete(pair);
  const open = [...isOpen];
  return {
    recorded: run,
    digests,
    done,
    dead: open.flatMap((pair) => {
      const letter = letters.get(pair.id);
      return letter === undefined ? [] : [{ ...pair, letter }];
    }),
    waiting: open.filter(({ id }) => !letters.has(id)),
    unread: run.manifest.pairs.filter((pair) => !known.has(pair)),
  };
}

/** Pairs of a corpus that have no result. */
export function missingPairs({
  dead,
  waiting,
  unread,
}: Pick<CorpusState, 'dead' | 'waiting' | 'unread'>): MissingPair[] {
  return [
    ...dead.map(({ pair, letter }) => ({
      pair,
      why: `${letter.code} after ${letter.attempts === 1 ? '1 attempt' : `${letter.attempts} attempts`}: ${letter.message}`,
    })),
    ...waiting.map(({ pair }) => ({ pair, why: 'not measured yet' })),
    ...unread.map((pair) => ({ pair, why: 'not read yet' })),
  ];
}

/**
 * Puts the table of a corpus together from its results.
 *
 * @throws CorpusError INCOMPLETE unless `partial`; those of `readCorpusState` and of the table
 * @example
 * const { sha256, rows } = await assembleCorpus({ folder: new CorpusFolder('work'), partial: false });
 */
export async function assembleCorpus({
  folder,
  partial,
  state,
  signal,
}: {
  readonly folder: CorpusFolder;
  readonly partial: boolean;
  /** As it was read just now, with every result; default: it is read. */
  readonly state?: CorpusState;
  readonly signal?: AbortSignal | undefined;
}): Promise<Assembly> {
  const { recorded, digests, done, ...open } = state ?? (await readCorpusState(folder, { whole: true }));
  return assembleTable({
    folder,
    recorded,
    present: done,
    digest: (path) => digests.get(path),
    missing: missingPairs(open),
    partial,
    signal,
  });
}
