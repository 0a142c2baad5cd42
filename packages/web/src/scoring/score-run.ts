import { CodedError } from '@vqforge/base';
import type { FeatureOptions, FrameFeatures } from '@vqforge/features';
import { type FrRegressor, type Lpips, VERSION } from '@vqforge/runtime';
import {
  clipFacts,
  documentOf,
  type LpipsScores,
  type MeasuredClips,
  type MetricColumns,
  ofCommonFrames,
  rowsOfClips,
  ScoreError,
  scoreFeatures,
  scoreFrames,
  scoreText,
  teacherOptions,
  type TeacherRequest,
  teacherScores,
} from '@vqforge/score/pure';
import { kindOf } from '../clips/clip-kind.ts';
import { framesAt, pairingFacts } from '../clips/pairing.ts';
import { openClips, openTensors } from './compared-clips.ts';
import { type Ending, FRAMES_KEPT, measureSets } from './feature-run.ts';
import { MeasurePool } from './measure-pool.ts';
import { openGivenLpips, openRegressor, openTeacher } from './page-model-session.ts';
import type { ScoreEvent, ScoreRequest, ShownRows } from './score-calls.ts';
import { featureRowsShown, ShownMetrics } from './shown-metrics.ts';

/** The functions that a run needs of its thread. */
interface Surroundings {
  readonly tell: (event: ScoreEvent) => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

interface RunModels {
  /** Undefined for images, which have no motion. */
  readonly regressor: FrRegressor | undefined;
  readonly lpips: Lpips | undefined;
  readonly teacher: TeacherRequest | undefined;
}

/** Milliseconds between two messages with rows that have come. */
const TELL_MS = 100;

/**
 * One run of the page: opens the models, then the clips, measures and scores them, and tells of it as it goes. A model that is
 * refused is refused before anything is read.
 *
 * @throws RegistryError | RuntimeError | VideoError | FeaturesError | ScoreError
 */
export async function runScore(request: ScoreRequest, surroundings: Surroundings): Promise<void> {
  const models = await openModels(request);
  await new ScoreRun(request, models, surroundings).run();
}

/** @throws ScoreError MISSING_FEATURES | BAD_INPUT for images that cannot be compared */
async function openModels(request: ScoreRequest): Promise<RunModels> {
  const kinds = await Promise.all(request.clips.map(({ file }) => kindOf(file)));
  const images = kinds.filter((kind) => kind === 'image').length;
  if (images > 0 && images < kinds.length)
    throw new ScoreError(
      'BAD_INPUT',
      `${images} of ${kinds.length} files are images, expected images or clips; take some out`,
    );
  if (images > 0 && request.lpips === undefined)
    throw new ScoreError(
      'MISSING_FEATURES',
      'images have no motion, which the regressor needs; drop the model file of LPIPS to compare them',
    );
  return {
    regressor: images > 0 ? undefined : await openRegressor(request),
    lpips: request.lpips && (await openGivenLpips(request.lpips, request)),
    teacher: request.teacher === undefined || images > 0 ? undefined : await openTeacher(request.teacher),
  };
}

class ScoreRun {
  readonly #request: ScoreRequest;
  readonly #models: RunModels;
  readonly #tell: (event: ScoreEvent) => void;
  readonly #now: () => number;
  readonly #shown: ShownMetrics;
  #isOpened = false;

  constructor(request: ScoreRequest, models: RunModels, { tell, now }: Surroundings) {
    this.#request = request;
    this.#models = models;
    this.#tell = tell;
    this.#now = now;
    this.#shown = new ShownMetrics(request.clips.length - 1);
  }

  async run(): Promise<void> {
    const { regressor, lpips, teacher } = this.#models;
    const start = this.#now();
    const measured = regressor && (await this.#measure({}, regressor));
    const taught = teacher && (await this.#teach(teacher, measured));
    const scored = regressor && measured && (await this.#score(regressor, measured));
    const distances = lpips && (await this.#distances(lpips));
    const parts: MetricColumns[] = [distances, scored, taught].filter((part) => part !== undefined);
    const document = documentOf(
      { version: VERSION, colour: {}, featuresFrom: [], pairing: pairingFacts(this.#request.pairing) },
      {
        parts: ofCommonFrames(parts).map((part) => this.#withPairs(part)),
        clips: distances?.clips ?? measured,
        warnings: distances?.warnings ?? [],
        failure: distances?.failure ?? measured?.failure,
        seconds: (this.#now() - start) / 1000,
      },
    );
    const { error, frames, fps } = document;
    this.#tell({
      kind: 'done',
      frames: frames.length,
      fps,
      ...(error === undefined ? {} : { failure: error.message }),
      files: {
        json: new Blob([scoreText(document, 'json')], { type: 'application/json' }),
        csv: new Blob([scoreText(document, 'csv')], { type: 'text/csv' }),
      },
      pooled: this.#shown.pooled(),
      hasMaps: lpips?.hasMaps === true,
    });
  }

  /** A pass over the clips that measures features; the regressor's pass shows them. */
  async #measure(options: FeatureOptions, regressor?: FrRegressor): Promise<MeasuredClips> {
    const pool = new MeasurePool(this.#request.threads, options);
    try {
      const clips = await openClips(this.#request, { planes: 'luma', allocate: pool.allocate }, FRAMES_KEPT);
      const reference = clipFacts(clips.sets.reference.name, clips.sets.reference);
      const distorted = clips.sets.distorted.map((clip) => clipFacts(clip.name, clip));
      this.#opened({ kind: 'opened', reference, renditions: distorted, total: clips.total });
      const ending: Ending = {};
      const frames = await this.#collect(
        measureSets(clips.sets, { pool, options }, ending),
        async (rows) => regressor && featureRowsShown(regressor, rows, distorted.length),
      );
      const failure = failureOf(ending.error, frames.length);
      return {
        reference,
        distorted,
        frames: frames.map(({ index }) => ({ frameNum: index })),
        renditions: distorted.map((_, at) => measuredPairs(frames, at)),
        ...(failure === undefined ? {} : { failure }),
      };
    } finally {
      pool.close();
    }
  }

  /** A teacher with other limits of the gain has features of its own. */
  async #teach(request: TeacherRequest, measured: MeasuredClips | undefined): Promise<MetricColumns> {
    const { vif, adm } = request.teacher.gainLimits;
    const isSame = measured !== undefined && vif === 100 && adm === 100;
    const taught = teacherScores(
      request,
      isSame ? measured : await this.#measure(teacherOptions(request.teacher, {})),
    );
    this.#show(
      {
        frames: taught.frames.map(({ frameNum }) => frameNum),
        metrics: [request.name],
        values: [[...taught.columns.values()].map((column) => Array.from(column))],
      },
      { pass: 'VMAF', start: this.#now() },
    );
    return taught;
  }

  #score(regressor: FrRegressor, measured: MeasuredClips): Promise<MetricColumns> {
    // what was passed over was not measured
    const selection = { subsample: 1 };
    return scoreFeatures(regressor, rowsOfClips(measured, regressor.featureOrder), { selection });
  }

  /** Frames that are paired by time say with which. */
  #withPairs(part: MetricColumns): MetricColumns {
    const { pairing, clips } = this.#request;
    if (pairing.by === 'number') return part;
    return {
      ...part,
      frames: part.frames.map((frame) => ({
        ...frame,
        paired: framesAt(pairing, frame.frameNum, clips.length - 1)?.slice(1) ?? [],
      })),
    };
  }

  async #distances(
    lpips: Lpips,
  ): Promise<
    LpipsScores & { clips: Pick<MeasuredClips, 'reference' | 'distorted'>; warnings: readonly string[] }
  > {
    const source = await openTensors(this.#request);
    const { reference, distorted, warnings, frames: total } = source;
    this.#opened({ kind: 'opened', reference, renditions: distorted, total });
    const start = this.#now();
    const scores = await scoreFrames(source, lpips, {
      onFrame: (frame, distances) =>
        this.#show(
          { frames: [frame], metrics: ['lpips'], values: [distances.map((distance) => [distance])] },
          { pass: 'LPIPS', start },
        ),
    });
    await source.close();
    return { ...scores, clips: { reference, distorted }, warnings };
  }

  /** All frames of a stream; those that have come are shown from time to time. */
  async #collect(
    stream: AsyncIterable<FrameFeatures>,
    rowsOf: (frames: readonly FrameFeatures[]) => Promise<ShownRows | undefined>,
  ): Promise<FrameFeatures[]> {
    const frames: FrameFeatures[] = [];
    const start = this.#now();
    let shown = 0;
    let last = start;
    const show = async (): Promise<void> => {
      const rows = shown < frames.length ? await rowsOf(frames.slice(shown)) : undefined;
      shown = frames.length;
      if (rows !== undefined) this.#show(rows, { pass: 'Features', start });
    };
    for await (const frame of stream) {
      frames.push(frame);
      if (this.#now() - last < TELL_MS) continue;
      await show();
      last = this.#now();
    }
    await show();
    return frames;
  }

  #show(rows: ShownRows, { pass, start }: { readonly pass: string; readonly start: number }): void {
    const seconds = (this.#now() - start) / 1000;
    this.#tell({ kind: 'rows', rows: this.#shown.keep(rows), pass, seconds });
  }

  /** The clips are announced once. */
  #opened(event: ScoreEvent): void {
    if (!this.#isOpened) this.#tell(event);
    this.#isOpened = true;
  }
}

function measuredPairs(
  frames: readonly FrameFeatures[],
  rendition: number,
): MeasuredClips['renditions'][number] {
  return frames.flatMap(({ motion, renditions }) => {
    const pair = renditions[rendition];
    return pair === undefined ? [] : [{ motion, pair }];
  });
}

/** A clip that fails after whole frames gives those. @throws what ended the reading, and ScoreError NO_FRAMES */
function failureOf(error: unknown, frames: number): CodedError | undefined {
  if (error !== undefined && (frames === 0 || !(error instanceof CodedError))) throw error;
  if (frames === 0) throw new ScoreError('NO_FRAMES', 'no frame is left to score');
  return error as CodedError | undefined;
}
