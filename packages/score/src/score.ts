import { CodedError } from '@vqforge/base';
import type { MotionVersion } from '@vqforge/features';
import type { OpenModelOptions } from '@vqforge/runtime/node';
import { areImages, firstStream } from './clip-files.ts';
import type { ClipRequest } from './clip-request.ts';
import { ScoreError } from './errors.ts';
import { type LpipsScores, scoreFrames } from './lpips-scores.ts';
import type { Measurement } from './measurement.ts';
import { ofCommonFrames } from './metric-columns.ts';
import type { FeatureRequest, FeatureRows } from './regressor-features.ts';
import type { ScoreDocument } from './score-document.ts';
import { documentOf, type Outcome, skippedFrames } from './score-outcome.ts';
import {
  closePlan,
  type Inputs,
  type ModelRequest,
  openPlan,
  type ScorePlan,
  wantsLpips,
} from './score-plan.ts';
import type { TeacherRequest } from './teacher-scores.ts';
import { openTensorSource, type TensorSource } from './tensor-source-files.ts';

export interface ScoreOptions extends ModelRequest, FeatureRequest, Pick<ClipRequest, 'colour' | 'still'> {
  /** How models are opened: registry, device, threads. Or those that the caller has opened, and closes. */
  readonly models: Omit<OpenModelOptions, 'model'> | OpenedModels;
  /** Teachers whose own scores are wanted; their features are measured from the clips. */
  readonly teachers?: readonly TeacherRequest[];
  /** PSNR of every plane. Default: false. */
  readonly psnr?: boolean;
  /** libvmaf's version of motion; default: `v3.2`. */
  readonly motion?: MotionVersion;
  /** Threads that measure features; default: one. */
  readonly featureThreads?: number;
  /** What the document says it was written by. */
  readonly version: string;
  /** Frames scored, and how many there are as far as the inputs say. */
  readonly onProgress?: (done: number, total: number | null) => void;
  /** What is read otherwise than the inputs say, as soon as that is known. */
  readonly onWarning?: (text: string) => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** Models that score as they are; no other is opened. */
export interface OpenedModels extends Pick<OpenModelOptions, 'threads'> {
  readonly opened: Omit<ScorePlan, 'warnings'>;
}

export interface ScoreResult {
  readonly document: ScoreDocument;
  /** Why the document is partial. */
  readonly failure?: CodedError | undefined;
}

/**
 * Scores distorted clips against their reference: by the registry's regressor, whose features are measured here, read from
 * libvmaf's logs or from a table; by LPIPS; by teachers and PSNR where they are asked for. Images are scored by LPIPS.
 *
 * Threads decode and measure beside the models. A clip that fails after whole frames gives a partial document with the
 * failure.
 *
 * @throws ScoreError BAD_INPUT | READ_ONCE | COLOUR_TAGS | SIZE_MISMATCH | UNEQUAL_LENGTH | NO_FRAMES | MISSING_FEATURES |
 * TWO_MODELS | INTERRUPTED
 * @throws RuntimeError | RegistryError | VideoError | FeaturesError | TableError of models and inputs
 * @example
 * const { document } = await scoreClips({ reference: 'ref.y4m', distorted: ['a.y4m'], ...defaults });
 * document.pooled_metrics.fr_regressor_v1.mean; // 59.3
 */
export async function scoreClips(options: ScoreOptions): Promise<ScoreResult> {
  const inputs = await inputsOf(options);
  const early = wantsLpips(options, inputs) === true ? openTensorSource(clipRequest(options)) : undefined;
  // a failure is met where the clips are awaited, after the models
  early?.catch(() => undefined);
  let source: TensorSource | undefined;
  let plan: ScorePlan = { warnings: [] };
  try {
    plan =
      'opened' in options.models
        ? { ...options.models.opened, warnings: [] }
        : await openPlan(options, inputs, options.models);
    const start = options.now();
    const { parts, clips, warnings, failure } = await allScores(options, inputs, plan, async () => {
      source = await (early ?? openTensorSource(clipRequest(options)));
      return source;
    });
    const seconds = (options.now() - start) / 1000;
    const { skipReference, skipDistorted } = options.selection;
    const pairing = clips === undefined ? undefined : skippedFrames(skipReference, skipDistorted);
    const document = documentOf({ ...options, pairing }, { parts, clips, warnings, failure, seconds });
    return { document, failure };
  } finally {
    // clips that wait for their first bytes are closed once they are open; the caller does not wait for that
    if (source === undefined)
      void early?.then(
        (opened) => opened.close(),
        () => undefined,
      );
    await source?.close();
    if (!('opened' in options.models)) await closePlan(plan);
  }
}

async function allScores(
  options: ScoreOptions,
  inputs: Inputs,
  { lpips, regressor, warnings: planWarnings }: ScorePlan,
  openSource: () => Promise<TensorSource>,
): Promise<Omit<Outcome, 'seconds'>> {
  const { teachers = [], psnr = false, selection } = options;
  const warnings = options.still === true ? [...planWarnings, STILL] : [...planWarnings];
  let rows: readonly FeatureRows[] =
    regressor && inputs.hasFeatures
      ? await (await import('./regressor-features.ts')).featureRows(options, regressor)
      : [];
  let measured: Measurement | undefined;
  const wantsRows = regressor !== undefined && !inputs.hasFeatures;
  try {
    if (wantsRows || inputs.hasOtherScores) {
      if (lpips !== undefined) await refuseStreams(options);
      const { measurement } = await import('./measurement.ts');
      measured = await measurement(
        { ...options, ...clipRequest(options) },
        wantsRows ? regressor : undefined,
      );
      rows = measured.rows ?? rows;
    }
  } catch (error) {
    // only what the caller did not name is left out, and only where something else is scored
    const isOptional =
      lpips !== undefined && teachers.length === 0 && !psnr && options.tinyModel === undefined;
    if (!isOptional || !(error instanceof CodedError) || !UNMEASURABLE.has(error.code)) throw error;
    warnings.push(`${regressor?.model.id ?? 'the regressor'} is not scored: ${error.message}`);
  }
  const source = lpips && (await openSource());
  if (inputs.hasFeatures) {
    const { assertPictureSize } = await import('./clip-size-files.ts');
    await assertPictureSize(rows, options, source?.reference ?? measured?.clips.reference);
  }
  for (const text of [...warnings, ...(source?.warnings ?? [])]) options.onWarning?.(text);
  warnings.push(...(source?.warnings ?? []));
  const distances: LpipsScores | undefined = lpips && source && (await scoreFrames(source, lpips, options));
  // measured features are of the same selection of frames; those of a log may lack some
  const wanted = inputs.hasFeatures ? distances?.frames : undefined;
  const scored =
    regressor && rows.length > 0
      ? await (await import('./regressor-scores.ts')).scoreFeatures(regressor, rows, { selection, wanted })
      : undefined;
  const parts = [distances, scored, ...(measured?.parts ?? [])].filter((part) => part !== undefined);
  const failure =
    distances?.failure ?? measured?.clips.failure ?? rows.find((each) => each.failure !== undefined)?.failure;
  return {
    parts: ofCommonFrames(parts),
    clips: source ?? measured?.clips,
    warnings,
    failure,
  };
}

const STILL = 'still images have no motion: motion2 is 0, as in a clip that stands still';

/** Features are measured in a pass of their own, which a pipe does not outlast. @throws ScoreError READ_ONCE */
async function refuseStreams({ reference, distorted }: ScoreOptions): Promise<void> {
  const stream = await firstStream([reference ?? '-', ...distorted]);
  if (stream === undefined) return;
  throw new ScoreError(
    'READ_ONCE',
    `${stream === '-' ? 'standard input' : stream} can be read once, LPIPS and features need it twice; save it to a file, or score one of them`,
  );
}

/** Clips that features cannot be measured of, though LPIPS can score them. */
const UNMEASURABLE: ReadonlySet<string> = new Set([
  'READ_ONCE',
  // RGB has no luma plane
  'UNSUPPORTED',
  'MISMATCH',
  'TOO_SMALL',
  'TOO_LARGE',
  'UNSUPPORTED_DEPTH',
]);

async function inputsOf(options: ScoreOptions): Promise<Inputs> {
  const { reference, distorted, featuresFrom, vmafProgram, teachers = [], psnr = false } = options;
  const hasClips = reference !== undefined && distorted.length > 0;
  const clips = hasClips ? await clipsOrImages([reference, ...distorted], options.still === true) : 'none';
  const hasOtherScores = teachers.length > 0 || psnr;
  if (hasOtherScores && clips !== 'clips')
    throw new ScoreError(
      'BAD_INPUT',
      'teachers and PSNR are measured from clips, expected --reference and --distorted with clips',
    );
  const hasFeatures = featuresFrom.length > 0 || vmafProgram !== undefined;
  // without anything to score this says so
  if (clips === 'none' && !hasFeatures && options.tinyModel === undefined) clipRequest(options);
  return { hasFeatures, clips, hasOtherScores };
}

/** Images that are to be scored as stills are clips of one frame. @throws ScoreError BAD_INPUT */
async function clipsOrImages(paths: readonly string[], still: boolean): Promise<'clips' | 'images'> {
  const images = await areImages(paths);
  if (still && !images)
    throw new ScoreError(
      'BAD_INPUT',
      `${paths[0]} is no image, expected still images; score clips without --still`,
    );
  return images && !still ? 'images' : 'clips';
}

function clipRequest(options: ScoreOptions): ClipRequest {
  const { reference, distorted } = options;
  if (reference !== undefined && distorted.length > 0) return { ...options, reference };
  throw new ScoreError(
    'BAD_INPUT',
    'clips are compared, expected --reference and --distorted; features alone are scored with --features-from',
  );
}
