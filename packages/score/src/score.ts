import type { CodedError } from '@vqforge/base';
import type { OpenModelOptions } from '@vqforge/runtime/node';
import { ScoreError } from './errors.ts';
import type { ClipRequest } from './clip-request.ts';
import { scoreFrames, type LpipsScores } from './lpips-scores.ts';
import type { MetricColumns } from './metric-columns.ts';
import { featureRows, type FeatureRequest } from './regressor-features.ts';
import { scoreFeatures } from './regressor-scores.ts';
import { scoreDocument, type FrameScores, type ScoreDocument } from './score-document.ts';
import { openPlan, wantsLpips, type ModelRequest, type ScorePlan } from './score-plan.ts';
import { openTensorSource, type TensorSource } from './tensor-source-files.ts';

export interface ScoreOptions
  extends Omit<ModelRequest, 'hasFeatures'>, FeatureRequest, Pick<ClipRequest, 'colour'> {
  /** How models are opened: registry, device, threads. */
  readonly models: Omit<OpenModelOptions, 'model'>;
  /** What the document says it was written by. */
  readonly version: string;
  /** Frames scored, and how many there are as far as the inputs say. */
  readonly onProgress?: (done: number, total: number | null) => void;
  /** What is read otherwise than the inputs say, as soon as that is known. */
  readonly onWarning?: (text: string) => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

export interface ScoreResult {
  readonly document: ScoreDocument;
  /** Why the document is partial. */
  readonly failure?: CodedError;
}

/**
 * Scores distorted clips or images against their reference with LPIPS, and features of libvmaf with a regressor.
 *
 * Decoding runs in a thread beside the model, and begins while the model loads. A clip that fails after whole frames gives
 * a partial document with the failure.
 *
 * @throws ScoreError BAD_INPUT | COLOUR_TAGS | SIZE_MISMATCH | UNEQUAL_LENGTH | NO_FRAMES | MISSING_FEATURES | TWO_MODELS | INTERRUPTED
 * @throws RuntimeError | RegistryError | VideoError | TableError of models and inputs
 */
export async function scoreClips(options: ScoreOptions): Promise<ScoreResult> {
  const request = { ...options, hasFeatures: hasFeatures(options) };
  const openClips = (): Promise<TensorSource> => openTensorSource(clipRequest(options));
  const early = wantsLpips(request) === true ? openClips() : undefined;
  // told when it is waited for, after the models
  early?.catch(() => undefined);
  let clips: TensorSource | undefined;
  let plan: ScorePlan = {};
  try {
    plan = await openPlan(request, options.models);
    const { lpips, regressor } = plan;
    const features = regressor === undefined ? [] : await featureRows(options, regressor);
    if (lpips !== undefined) clips = await (early ?? openClips());
    for (const text of clips?.warnings ?? []) options.onWarning?.(text);
    const start = options.now();
    const distances = lpips && clips && (await scoreFrames(clips, lpips, options));
    const scores =
      regressor &&
      (await scoreFeatures(regressor, features, {
        selection: options.selection,
        ...(distances === undefined ? {} : { wanted: distances.frames }),
      }));
    const failure = distances?.failure ?? features.find((rows) => rows.failure !== undefined)?.failure;
    return result(options, { clips, distances, scores, failure, seconds: (options.now() - start) / 1000 });
  } finally {
    // clips that wait for their first bytes hold nobody up
    if (clips === undefined)
      void early?.then(
        (opened) => opened.close(),
        () => undefined,
      );
    await clips?.close();
    await plan.lpips?.model.close();
    await plan.regressor?.model.close();
  }
}

function hasFeatures({ featuresFrom, vmafProgram }: ScoreOptions): boolean {
  return featuresFrom.length > 0 || vmafProgram !== undefined;
}

function clipRequest(options: ScoreOptions): ClipRequest {
  const { reference, distorted } = options;
  if (reference !== undefined && distorted.length > 0) return { ...options, reference };
  throw new ScoreError(
    'BAD_INPUT',
    'LPIPS compares clips, expected --reference and --distorted; features alone are scored with --features-from',
  );
}

interface Outcome {
  readonly clips: TensorSource | undefined;
  readonly distances: LpipsScores | undefined;
  readonly scores: MetricColumns | undefined;
  readonly failure: CodedError | undefined;
  readonly seconds: number;
}

function result(
  { version, colour, featuresFrom, vmafProgram }: ScoreOptions,
  { clips, distances, scores, failure, seconds }: Outcome,
): ScoreResult {
  const parts = [distances, scores].filter((part) => part !== undefined);
  const document = scoreDocument({
    version,
    seconds,
    ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
    ...(clips === undefined || distances === undefined
      ? {}
      : clipFacts(clips, distances.model.metrics, colour)),
    ...(scores === undefined
      ? {}
      : { features_from: vmafProgram === undefined ? featuresFrom : [vmafProgram] }),
    models: parts.map(({ model }) => model),
    frames: frameScores(parts),
  });
  return failure === undefined ? { document } : { document, failure };
}

function clipFacts(
  { reference, distorted, warnings }: TensorSource,
  metrics: readonly string[],
  { compat }: ClipRequest['colour'],
): Pick<ScoreDocument, 'reference' | 'renditions' | 'colour' | 'warnings'> {
  const isOne = distorted.every(({ matrix }) => matrix === reference.matrix);
  return {
    ...(warnings.length === 0 ? {} : { warnings }),
    reference,
    renditions: distorted.map((facts, at) => ({ metric: metrics[at] as string, ...facts })),
    colour: {
      compat: compat ?? 'none',
      ...(isOne ? { matrix: reference.matrix } : {}),
      chroma_upsampling: 'nearest',
    },
  };
}

function frameScores(parts: readonly MetricColumns[]): FrameScores[] {
  const columns = parts.flatMap((part) => [...part.columns]);
  return (parts[0]?.frames ?? []).map((frame, row) => ({
    ...frame,
    metrics: Object.fromEntries(columns.map(([name, values]) => [name, values[row] as number])),
  }));
}
