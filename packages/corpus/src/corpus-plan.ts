import type { Json } from '@vqforge/base';
import type { ClipDigest } from './clip-digest-files.ts';
import { CorpusError } from './errors.ts';
import { jobId, pairIdentity } from './job-identity.ts';
import type { CorpusPair } from './manifest.ts';
import type { PairJob } from './pair-job.ts';

/** A pair of the manifest with its job; pairs with the same clips under other names have the same one. */
export interface PlannedPair {
  readonly pair: CorpusPair;
  readonly job: PairJob;
}

/** A share of a corpus, from 1 to `count`. */
export interface Share {
  readonly index: number;
  readonly count: number;
}

/**
 * The pairs of one share: of those in the order of their keys, every `count`-th, whatever the order of the manifest's lines.
 *
 * @throws CorpusError INVALID_OPTION
 * @example pairsOfShare(['a', 'b', 'c'], { index: 1, count: 2 }) // => ['a', 'c']
 */
export function pairsOfShare<T>(pairs: readonly T[], { index, count }: Share): T[] {
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(index) || index < 1 || index > count)
    throw new CorpusError(
      'INVALID_OPTION',
      `share ${index}/${count} is none: expected i/n with i from 1 to n`,
    );
  return pairs.filter((_, at) => at % count === index - 1);
}

/** Paths of the clips of pairs, each once. */
export function clipsOf(pairs: readonly CorpusPair[]): string[] {
  return [...new Set(pairs.flatMap(({ reference, distorted }) => [reference, distorted]))];
}

/**
 * The pairs whose digests are known, with their jobs.
 *
 * @param run what the jobs have in common
 * @throws CorpusError CHANGED_CLIP where a clip has not the digest that the manifest says, naming at most ten
 */
export function planPairs(
  pairs: readonly CorpusPair[],
  run: Json,
  digest: (path: string) => ClipDigest | undefined,
): PlannedPair[] {
  requireDigests(pairs, digest);
  return pairs.flatMap((pair): PlannedPair[] => {
    const [reference, distorted] = [digest(pair.reference), digest(pair.distorted)];
    if (reference === undefined || distorted === undefined) return [];
    const id = jobId(pairIdentity(run, reference.sha256, distorted.sha256));
    const clips = {
      reference: { path: pair.reference, ...reference },
      distorted: { path: pair.distorted, ...distorted },
    };
    return [{ pair, job: { id, ...clips } }];
  });
}

/** Each job once. */
export function jobsOf(planned: readonly PlannedPair[]): PairJob[] {
  return [...new Map(planned.map(({ job }) => [job.id, job])).values()];
}

function requireDigests(
  pairs: readonly CorpusPair[],
  digest: (path: string) => ClipDigest | undefined,
): void {
  const wrong = new Set<string>();
  for (const { reference, referenceSha256, distorted, distortedSha256 } of pairs)
    for (const [path, wanted] of [
      [reference, referenceSha256],
      [distorted, distortedSha256],
    ] as const) {
      const found = digest(path)?.sha256;
      if (wanted !== undefined && found !== undefined && found !== wanted)
        wrong.add(`${path} has ${found}, the manifest says ${wanted}`);
    }
  if (wrong.size > 0)
    throw new CorpusError(
      'CHANGED_CLIP',
      `${wrong.size} of the clips have another sha256 than the manifest says: ${[...wrong].slice(0, 10).join('; ')}; restore them, or correct the manifest`,
    );
}
