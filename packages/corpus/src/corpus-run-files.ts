import { resolve } from 'node:path';
import type { CorpusMeasurement, DeadLetter } from '@vqforge/artifact';
import { inOrder } from '@vqforge/base';
import { itemsOfShare, localRunner, type Runner, type Share } from '@vqforge/pipeline/runner';
import type { Assembly } from './assembly-files.ts';
import { clipState, DigestFolder, type ClipDigest } from './clip-digest-files.ts';
import type { CorpusFolder, RecordedRun } from './corpus-folder-files.ts';
import { clipsOf, distinctPairs, jobsOf, planPairs, type DigestOf, type PlannedPair } from './corpus-plan.ts';
import { assembleCorpus, missingPairs, readCorpusState, type CorpusState } from './corpus-state-files.ts';
import { CorpusError } from './errors.ts';
import { runIdentity, type MeasuringEngines } from './job-identity.ts';
import { readCorpusManifest } from './manifest-file.ts';
import type { PairSetup } from './pair-job.ts';
import { PairPool } from './pair-pool.ts';
import { interrupted, pairWork } from './pair-work.ts';

export interface CorpusRunOptions {
  /** CSV or JSON lines. */
  readonly manifest: string;
  readonly folder: CorpusFolder;
  readonly measurement: CorpusMeasurement;
  readonly engines: MeasuringEngines;
  /** The teacher's model file, where the measurement names one. */
  readonly teacher?: Uint8Array;
  /** Where the LPIPS model is looked for, where the measurement names one. */
  readonly lpips?: PairSetup['lpips'];
  /** Default: the whole corpus. */
  readonly share?: Share;
  /** Child processes of this machine. */
  readonly workers: number;
  /** How often a job is tried that crashes, takes too long or fails for a reason that may pass. */
  readonly attempts: number;
  /** How long one attempt may take. */
  readonly timeoutMs: number;
  /** What hands pairs out, and tells how many of them have ended; default: to the child processes of this machine. */
  readonly runner?: (recorded: RecordedRun, progress: (done: number) => void) => Runner;
  readonly signal?: AbortSignal | undefined;
  readonly observer?: {
    /** Clips whose digests are taken. */
    readonly digests?: (done: number, total: number) => void;
    /** What there is to do, before it begins. */
    readonly plan?: (plan: CorpusPlanFacts) => void;
    readonly job?: (done: number, total: number) => void;
  };
}

export interface CorpusPlanFacts {
  /** Pairs of the share. */
  readonly pairs: number;
  /** Different jobs among them. */
  readonly jobs: number;
  /** Jobs that have a result already. */
  readonly known: number;
  /** Jobs that were given up before; they are not tried again. */
  readonly dead: number;
}

export interface CorpusRunResult {
  readonly plan: CorpusPlanFacts;
  /** Jobs of the share that were given up, now or before. */
  readonly dead: readonly DeadLetter[];
  /** Pairs of the whole corpus without a result. */
  readonly missing: number;
  /** Where the whole corpus is complete. */
  readonly assembly?: Assembly;
}

/** Rounds that end with as many missing results as the one before. A queue may lose jobs, a disk may damage results. */
const MOST_IN_VAIN = 3;
/** Files that are looked at at once: on a network, each takes a while. */
const STATS_AT_ONCE = 16;

/**
 * Works off a corpus: takes the digests of its clips, measures each pair that has no result yet, and puts the table together once
 * every pair has one. It may be ended at any moment and started again.
 *
 * @throws CorpusError BAD_MANIFEST | DUPLICATE_KEY | MISSING_CLIP | CHANGED_CLIP before anything is measured; INTERRUPTED
 * @throws ArtifactError BAD_OUTPUT | UNWRITABLE
 */
export async function runCorpus(options: CorpusRunOptions): Promise<CorpusRunResult> {
  const { folder, measurement, signal, share = { index: 1, count: 1 }, observer } = options;
  const manifest = await readCorpusManifest(options.manifest);
  const identity = runIdentity(measurement, options.engines);
  const run = await folder.record(manifest, options.manifest, { measurement, identity }, options.teacher);
  const recorded = { run, manifest, root: resolve(folder.path, run.manifest.root) };
  const pool = new PairPool({
    setup: folder.setup(run, recorded.root, options.lpips ?? null),
    size: options.workers,
    timeoutMs: options.timeoutMs,
    signal,
  });
  try {
    const pairs = itemsOfShare(manifest.pairs, share);
    const digests = await takeDigests(clipsOf(pairs), recorded.root, options, pool);
    const planned = distinctPairs(planPairs(pairs, run.identity, (path) => digests.get(path)));
    const own = new Set(planned.map(({ id }) => id));
    const open = await openPairs(folder, planned);
    const plan = {
      pairs: pairs.length,
      jobs: own.size,
      known: own.size - open.pairs.length - open.dead.length,
      dead: open.dead.length,
    };
    observer?.plan?.(plan);
    const progress = (done: number): void => observer?.job?.(plan.known + plan.dead + done, own.size);
    if (open.pairs.length > 0) progress(0);
    const runner = options.runner?.(recorded, progress) ?? localRunner({ parallel: options.workers, signal });
    const work = pairWork({
      pool,
      letters: folder.letters,
      attempts: options.attempts,
      signal,
    });
    const workOff = (of: readonly PlannedPair[], digest: DigestOf, ended: (done: number) => void) => {
      let done = 0;
      const group = { name: run.queue, parallel: options.workers };
      return runner.run(jobsOf(of, digest), work, () => ended(++done), group);
    };
    await workOff(open.pairs, (path) => digests.get(path), progress);
    return await conclude(options, recorded, own, plan, (lost, digest) =>
      workOff(lost, digest, () => undefined),
    );
  } catch (error) {
    throw signal?.aborted === true ? interrupted() : error;
  } finally {
    pool.close();
  }
}

/** Digests of clips, taken by the processes of the pool where the file is not as it was when they were taken before. */
async function takeDigests(
  paths: readonly string[],
  root: string,
  { folder, share = { index: 1, count: 1 }, signal, observer }: CorpusRunOptions,
  pool: PairPool,
): Promise<DigestFolder> {
  const digests = await DigestFolder.read(folder.digests);
  const missing: string[] = [];
  const open: string[] = [];
  const look = async (path: string): Promise<void> => {
    const state = await clipState(resolve(root, path)).catch((error: unknown) => {
      if (!(error instanceof CorpusError)) throw error;
      missing.push(path);
    });
    if (state !== undefined && digests.get(path)?.state !== state) open.push(path);
  };
  for await (const _ of inOrder(paths, STATS_AT_ONCE, look))
    if (signal?.aborted === true) throw interrupted();
  if (missing.length > 0)
    throw new CorpusError(
      'MISSING_CLIP',
      `${missing.length} of ${paths.length} clips below ${root} are not there or are no regular files: ${missing.slice(0, 10).join(', ')}; paths are relative to the manifest's folder`,
    );
  let done = paths.length - open.length;
  try {
    await localRunner({ parallel: pool.size, signal }).run(
      open.map((path) => ({ key: path, input: path })),
      async (path) => {
        const outcome = await pool.ask({ kind: 'digest', path });
        if (signal?.aborted === true) throw interrupted();
        if (outcome.kind !== 'done')
          throw new CorpusError(
            'MISSING_CLIP',
            outcome.kind === 'threw' ? outcome.message : `clip ${path} cannot be read: ${outcome.message}`,
          );
        return outcome.output as unknown as ClipDigest;
      },
      async ({ input: path }, digest) => {
        await digests.add(`${share.index}-of-${share.count}`, path, digest);
        observer?.digests?.(++done, paths.length);
      },
    );
  } finally {
    digests.close();
  }
  return digests;
}

/** Pairs without a result, apart from those that were given up. */
async function openPairs(
  folder: CorpusFolder,
  planned: readonly PlannedPair[],
): Promise<{ pairs: PlannedPair[]; dead: DeadLetter[] }> {
  const [there, letters] = [await folder.store.ids(), await folder.letters.read()];
  const missing = planned.filter(({ id }) => !there.has(id));
  return {
    pairs: missing.filter(({ id }) => !letters.has(id)),
    dead: missing.flatMap(({ id }) => letters.get(id) ?? []),
  };
}

/** Compares manifest and results, and works off what is missing still, until nothing of the share is. */
async function conclude(
  { folder, signal }: CorpusRunOptions,
  recorded: RecordedRun,
  own: ReadonlySet<string>,
  plan: CorpusPlanFacts,
  workOff: (lost: readonly PlannedPair[], digest: DigestOf) => Promise<void>,
): Promise<CorpusRunResult> {
  let state = await readCorpusState(folder, { whole: true, recorded });
  let lost = waitingOf(state, own);
  for (let vain = 0; lost.length > 0 && vain < MOST_IN_VAIN;) {
    const { digests } = state;
    await workOff(lost, (path) => digests.get(path));
    state = await readCorpusState(folder, { whole: true, recorded });
    const still = waitingOf(state, own);
    vain = still.length < lost.length ? 0 : vain + 1;
    lost = still;
  }
  if (lost.length > 0)
    throw new CorpusError(
      'DAMAGED_RESULT',
      `${lost.length} results cannot be kept in ${folder.store.folder}: ${lost[0]?.id} was written and is not there whole; look at that disk`,
    );
  const dead = new Map(state.dead.filter(({ id }) => own.has(id)).map(({ letter }) => [letter.id, letter]));
  const missing = missingPairs(state).length;
  return {
    plan,
    dead: [...dead.values()],
    missing,
    ...(missing > 0
      ? {}
      : {
          assembly: await assembleCorpus({ folder, partial: false, state, signal }),
        }),
  };
}

function waitingOf({ waiting }: CorpusState, own: ReadonlySet<string>): PlannedPair[] {
  return distinctPairs(waiting).filter(({ id }) => own.has(id));
}
