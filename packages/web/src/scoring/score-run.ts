import { CodedError } from '@vqforge/base';
import type { FrameFeatures } from '@vqforge/features';
import { FrameSets, type FrameSource, planeSizes } from '@vqforge/media';
import { type FrRegressor, VERSION } from '@vqforge/runtime';
import {
  type ClipFacts,
  clipFacts,
  documentOf,
  type MeasuredClips,
  rowsOfClips,
  type ScoreDocument,
  ScoreError,
  scoreFeatures,
} from '@vqforge/score/pure';
import { type ClipFile, sizeOf } from '../clips/clip-file.ts';
import { openClip } from '../clips/open-clip.ts';
import { type Ending, FRAMES_KEPT, measureSets } from './feature-run.ts';
import { MeasurePool } from './measure-pool.ts';
import { openRegressor } from './page-model-session.ts';
import { pageRegistry } from './registry-file.ts';
import type { ScoreEvent, ScoreRequest } from './score-calls.ts';
import { ShownMetrics } from './shown-metrics.ts';

/** What a run needs of its thread. */
interface Surroundings {
  readonly tell: (event: ScoreEvent) => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** Milliseconds between two messages with rows that have come. */
const TELL_MS = 100;

/**
 * One run of the page: opens the model, then the clips, measures and scores them, and tells of it as it goes. A model that is
 * refused is refused before anything is read.
 *
 * @throws RegistryError | RuntimeError | VideoError | FeaturesError | ScoreError
 */
export async function runScore(request: ScoreRequest, { tell, now }: Surroundings): Promise<void> {
  const { renditions, selection, threads, base } = request;
  const regressor = await openRegressor(pageRegistry(base), base);
  const pool = new MeasurePool(threads);
  const start = now();
  const clips = await openClips(request, pool);
  tell({ kind: 'opened', ...clips.facts, total: clips.total });
  const ending: Ending = {};
  const shown = new ShownMetrics(regressor, renditions.length);
  const frames = await collect(
    measureSets(clips.sets, selection.subsample, pool, ending),
    async (rows) => tell({ kind: 'rows', rows: await shown.rows(rows), seconds: (now() - start) / 1000 }),
    now,
  );
  pool.close();
  if (ending.error !== undefined && (frames.length === 0 || !(ending.error instanceof CodedError)))
    throw ending.error;
  if (frames.length === 0) throw new ScoreError('NO_FRAMES', 'no frame is left to score');
  const measured = measuredClips(clips.facts, frames);
  const document = await scoreDocumentOf(request, regressor, measured, {
    seconds: (now() - start) / 1000,
    failure: ending.error as CodedError | undefined,
  });
  tell({ kind: 'done', document, pooled: shown.pooled() });
}

interface OpenedClips {
  readonly sets: FrameSets;
  readonly facts: { readonly reference: ClipFacts; readonly renditions: readonly ClipFacts[] };
  /** Frames that there are, as far as the files say. */
  readonly total: number | null;
}

async function openClips(
  { reference, renditions, raw, selection }: ScoreRequest,
  pool: MeasurePool,
): Promise<OpenedClips> {
  const options = {
    planes: 'luma' as const,
    allocate: pool.allocate,
    ...(raw === undefined ? {} : { raw }),
  };
  const sources: FrameSource[] = [];
  for (const file of [reference, ...renditions]) sources.push(await openClip(file, options));
  const { skipReference, skipDistorted, count } = selection;
  const sets = await FrameSets.of(sources, {
    skipReference,
    skipDistorted,
    keep: FRAMES_KEPT,
    ...(count === undefined ? {} : { frameCount: count }),
  });
  return {
    sets,
    facts: {
      reference: clipFacts(reference.name, sets.reference),
      renditions: sets.distorted.map((clip) => clipFacts(clip.name, clip)),
    },
    total: Math.min(count ?? Infinity, framesIn(reference, sets.reference) - skipReference),
  };
}

/** Y4M and raw YUV hold frames of one size. */
function framesIn(file: ClipFile, { container, format }: FrameSource): number {
  const bytes = planeSizes(format).bytes + (container === 'y4m' ? 'FRAME\n'.length : 0);
  return Math.floor(sizeOf(file) / bytes);
}

/** All frames of a stream; `tell` gets those that have come since its last call, at most every `TELL_MS`. */
async function collect(
  stream: AsyncIterable<FrameFeatures>,
  tell: (frames: readonly FrameFeatures[]) => Promise<void>,
  now: () => number,
): Promise<FrameFeatures[]> {
  const frames: FrameFeatures[] = [];
  let sent = 0;
  let last = now();
  for await (const frame of stream) {
    frames.push(frame);
    if (now() - last < TELL_MS) continue;
    await tell(frames.slice(sent));
    sent = frames.length;
    last = now();
  }
  if (sent < frames.length) await tell(frames.slice(sent));
  return frames;
}

function measuredClips(
  { reference, renditions }: OpenedClips['facts'],
  frames: readonly FrameFeatures[],
): MeasuredClips {
  return {
    reference,
    distorted: renditions,
    frames: frames.map(({ index }) => ({ frameNum: index })),
    renditions: renditions.map((_, at) =>
      frames.flatMap(({ motion, renditions: pairs }) => {
        const pair = pairs[at];
        return pair === undefined ? [] : [{ motion, pair }];
      }),
    ),
  };
}

/** The document that `vqforge score` writes of the same clips. */
async function scoreDocumentOf(
  { selection }: ScoreRequest,
  regressor: FrRegressor,
  clips: MeasuredClips,
  { seconds, failure }: { readonly seconds: number; readonly failure: CodedError | undefined },
): Promise<ScoreDocument> {
  const rows = rowsOfClips(clips, regressor.featureOrder);
  const scored = await scoreFeatures(regressor, rows, { selection });
  return documentOf(
    { version: VERSION, colour: {}, featuresFrom: [] },
    { parts: [scored], clips, warnings: [], failure, seconds },
  );
}
