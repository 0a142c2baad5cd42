import type { CodedError } from '@vqforge/artifact/core';
import type { OpenModelOptions } from '@vqforge/runtime';
import { PipelineError } from '../errors.ts';
import type { ClipRequest } from './clip-request.ts';
import { scoreFrames, type LpipsScores } from './lpips-scores.ts';
import type { MetricColumns } from './metric-columns.ts';
import { readFeatures, type FeatureRows } from './regressor-features.ts';
import { scoreFeatures } from './regressor-scores.ts';
import { scoreDocument, type FrameScores, type ScoreDocument } from './score-document.ts';
import { openPlan, wantsLpips, type ModelRequest, type ScorePlan } from './score-plan.ts';
import { openTensorSource, type TensorSource } from './tensor-source-files.ts';

export interface ScoreOptions extends Omit<ModelRequest, 'hasFeatures'>, Omit<ClipRequest, 'reference'> {
  readonly reference?: string;
  /** libvmaf logs, one per rendition, or one feature table in parquet. */
  readonly featuresFrom: readonly string[];
  /** How models are opened: registry, device, threads. */
  readonly models: Omit<OpenModelOptions, 'model'>;
  /** What the document says it was written by. */
  readonly version: string;
  readonly signal?: AbortSignal;
  /** Frames scored, and how many there are as far as the inputs say. */
  readonly onProgress?: (done: number, total: number | null) => void;
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
 * @throws PipelineError BAD_INPUT | SIZE_MISMATCH | UNEQUAL_LENGTH | NO_FRAMES | MISSING_FEATURES | TWO_MODELS | INTERRUPTED
 * @throws RuntimeError | RegistryError | VideoError | TableError of models and inputs
 */
export async function scoreClips(options: ScoreOptions): Promise<ScoreResult> {
  const request = { ...options, hasFeatures: options.featuresFrom.length > 0 };
  const openClips = (): Promise<TensorSource> => openTensorSource(clipRequest(options));
  const early = wantsLpips(request) === true ? openClips() : undefined;
  // told when it is waited for, after the models
  early?.catch(() => undefined);
  let clips: TensorSource | undefined;
  let plan: ScorePlan = {};
  try {
    plan = await openPlan(request, options.models);
    const { lpips, regressor } = plan;
    const features = regressor === undefined ? [] : await featureRows(options, regressor.featureOrder);
    if (lpips !== undefined) clips = await (early ?? openClips());
    const start = options.now();
    const distances = lpips && clips && (await scoreFrames(clips, lpips, options));
    const scores =
      regressor &&
      (await scoreFeatures(regressor, features, {
        selection: options.selection,
        ...(distances === undefined ? {} : { wanted: distances.frames }),
      }));
    return result(options, { clips, distances, scores, seconds: (options.now() - start) / 1000 });
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

function clipRequest(options: ScoreOptions): ClipRequest {
  const { reference, distorted } = options;
  if (reference !== undefined && distorted.length > 0) return { ...options, reference };
  throw new PipelineError(
    'BAD_INPUT',
    'LPIPS compares clips, expected --reference and --distorted; features alone are scored with --features-from',
  );
}

/** One log for each rendition. */
async function featureRows(
  { featuresFrom, distorted }: ScoreOptions,
  featureOrder: readonly string[],
): Promise<FeatureRows[]> {
  if (distorted.length > 0 && featuresFrom.length !== distorted.length)
    throw new PipelineError(
      'MISSING_FEATURES',
      `${featuresFrom.length} logs for ${distorted.length} distorted clips, expected one for each, in the same order`,
    );
  return Promise.all(featuresFrom.map((path) => readFeatures(path, featureOrder)));
}

interface Outcome {
  readonly clips: TensorSource | undefined;
  readonly distances: LpipsScores | undefined;
  readonly scores: MetricColumns | undefined;
  readonly seconds: number;
}

function result(
  { version, colour, featuresFrom }: ScoreOptions,
  { clips, distances, scores, seconds }: Outcome,
): ScoreResult {
  const parts = [distances, scores].filter((part) => part !== undefined);
  const failure = distances?.failure;
  const document = scoreDocument({
    version,
    seconds,
    ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
    ...(clips === undefined || distances === undefined
      ? {}
      : clipFacts(clips, distances.model.metrics, colour)),
    ...(scores === undefined ? {} : { features_from: featuresFrom }),
    models: parts.map(({ model }) => model),
    frames: frameScores(parts),
  });
  return failure === undefined ? { document } : { document, failure };
}

function clipFacts(
  { reference, distorted }: TensorSource,
  metrics: readonly string[],
  { compat, matrix = 'bt709' }: ClipRequest['colour'],
): Pick<ScoreDocument, 'reference' | 'renditions' | 'colour'> {
  return {
    reference,
    renditions: distorted.map((facts, at) => ({ metric: metrics[at] as string, ...facts })),
    colour: { compat: compat ?? 'none', matrix, chroma_upsampling: 'nearest' },
  };
}

function frameScores(parts: readonly MetricColumns[]): FrameScores[] {
  const columns = parts.flatMap((part) => [...part.columns]);
  return (parts[0]?.frames ?? []).map((frame, row) => ({
    ...frame,
    metrics: Object.fromEntries(columns.map(([name, values]) => [name, values[row] as number])),
  }));
}
