import type { Json } from '@vqforge/base';
import type { Jobs } from '@vqforge/pipeline/runner';
import type { ClipDigest } from './clip-digest-files.ts';
import { CorpusError } from './errors.ts';
import { jobId, pairIdentity } from './job-identity.ts';
import type { CorpusPair } from './manifest.ts';
import type { PairJob } from './pair-job.ts';

/** A pair of the manifest with the id of its job; pairs with the same clips under other names have the same one. */
export interface PlannedPair {
  readonly pair: CorpusPair;
  readonly id: string;
}

/** The digest of a clip by its path, undefined where it was not taken yet. */
export type DigestOf = (path: string) => ClipDigest | undefined;

/** Paths of the clips of pairs, each once. */
export function clipsOf(pairs: readonly CorpusPair[]): string[] {
  const paths = new Set<string>();
  for (const { reference, distorted } of pairs) paths.add(reference).add(distorted);
  return [...paths];
}

/**
 * The pairs whose digests are known, with the ids of their jobs.
 *
 * @param run what the jobs have in common
 * @throws CorpusError CHANGED_CLIP where a clip has not the digest that the manifest says, naming at most ten
 */
export function planPairs(pairs: readonly CorpusPair[], run: Json, digest: DigestOf): PlannedPair[] {
  requireDigests(pairs, digest);
  const planned: PlannedPair[] = [];
  for (const pair of pairs) {
    const [reference, distorted] = [digest(pair.reference), digest(pair.distorted)];
    if (reference !== undefined && distorted !== undefined)
      planned.push({ pair, id: jobId(pairIdentity(run, reference.sha256, distorted.sha256, pair.raw)) });
  }
  return planned;
}

/** One pair for each id, the last. */
export function distinctPairs(planned: readonly PlannedPair[]): PlannedPair[] {
  return [...new Map(planned.map((each) => [each.id, each])).values()];
}

/** The jobs of pairs whose digests are known. Each is made when it is asked for: a corpus may have a million. */
export function jobsOf(planned: readonly PlannedPair[], digest: DigestOf): Jobs<PairJob> {
  return {
    length: planned.length,
    *[Symbol.iterator]() {
      for (const { id, pair } of planned) {
        const clip = (path: string): PairJob['reference'] => ({ path, ...(digest(path) as ClipDigest) });
        const clips = { reference: clip(pair.reference), distorted: clip(pair.distorted) };
        yield { key: id, input: { id, ...clips, ...(pair.raw === undefined ? {} : { raw: pair.raw }) } };
      }
    },
  };
}

function requireDigests(pairs: readonly CorpusPair[], digest: DigestOf): void {
  const wrong = new Set<string>();
  for (const { reference, referenceSha256, distorted, distortedSha256 } of pairs)
    for (const [path, wanted] of [
      [reference, referenceSha256],
      [distorted, distortedSha256],
    ] as const) {
      if (wanted === undefined) continue;
      const found = digest(path)?.sha256;
      if (found !== undefined && found !== wanted)
        wrong.add(`${path} has ${found}, the manifest says ${wanted}`);
    }
  if (wrong.size > 0)
    throw new CorpusError(
      'CHANGED_CLIP',
      `${wrong.size} of the clips have another sha256 than the manifest says: ${[...wrong].slice(0, 10).join('; ')}; restore them, or correct the manifest`,
    );
}
