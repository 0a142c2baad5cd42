import { CodedError } from '@vqforge/base';
import { FEATURE_VALUES, type FeatureOptions, type MeasuredPair } from '@vqforge/features';
import { openFeatures } from '@vqforge/features/node';
import { clipFacts, expectedFrames } from './clip-files.ts';
import type { ClipRequest } from './clip-request.ts';
import { ScoreError } from './errors.ts';
import type { FrameKey } from './metric-columns.ts';
import type { FeatureRows } from './regressor-features.ts';
import type { ClipFacts } from './score-document.ts';

/** Clips to measure, and which features. */
export interface MeasureRequest extends Omit<ClipRequest, 'colour'> {
  /** How features are measured; the defaults are those of `vmaf_v0.6.1`. */
  readonly options: FeatureOptions;
  readonly psnr: boolean;
  /** Threads that measure; `caller`: none but the calling one. */
  readonly threads: number | 'caller';
  readonly signal?: AbortSignal;
  /** Frames measured, and how many there are as far as the inputs say. */
  readonly onProgress?: (done: number, total: number | null) => void;
}

/** Clips whose features are measured. */
export interface MeasuredClips {
  readonly reference: ClipFacts;
  readonly distorted: readonly ClipFacts[];
  readonly frames: readonly FrameKey[];
  /** Features of each rendition, frame by frame. */
  readonly renditions: readonly (readonly MeasuredPair[])[];
  /** Why the features end before the clips do. */
  readonly failure?: CodedError;
}

/**
 * Measures the features of clips. A clip that fails after whole frames gives those, with the failure.
 *
 * @throws FeaturesError | VideoError of clips that cannot be measured; ScoreError NO_FRAMES
 */
export async function measureClips({
  reference,
  distorted,
  raw,
  selection,
  scale = false,
  still = false,
  options,
  psnr,
  threads,
  signal,
  onProgress,
}: MeasureRequest): Promise<MeasuredClips> {
  const { skipReference, skipDistorted, subsample, count } = selection;
  const stream = await openFeatures({
    ...options,
    reference,
    distorted,
    psnr,
    threads,
    skipReference,
    skipDistorted,
    subsample,
    scale,
    still,
    ...(raw === undefined ? {} : { raw }),
    ...(count === undefined ? {} : { frameCount: count }),
    ...(signal === undefined ? {} : { signal }),
  });
  const total = await expectedFrames(reference, stream.reference, selection);
  const frames: FrameKey[] = [];
  const renditions = distorted.map((): MeasuredPair[] => []);
  let failure: CodedError | undefined;
  try {
    for await (const { index, motion, renditions: pairs } of stream.frames()) {
      frames.push({ frameNum: index });
      for (const [at, pair] of pairs.entries()) renditions[at]?.push({ motion, pair });
      onProgress?.(frames.length, total);
    }
    if (frames.length === 0) throw new ScoreError('NO_FRAMES', 'no frame is left to score');
  } catch (error) {
    const isPartial = error instanceof CodedError && error.code !== 'INTERRUPTED' && frames.length > 0;
    if (!isPartial) throw error;
    failure = error;
  }
  return {
    reference: clipFacts(reference, stream.reference),
    distorted: stream.distorted.map((clip, at) => clipFacts(distorted[at] as string, clip)),
    frames,
    renditions,
    ...(failure === undefined ? {} : { failure }),
  };
}

/**
 * Measured features as the rows that a regressor takes, one table per rendition.
 *
 * @throws ScoreError MISSING_FEATURES naming the features that are not measured here
 */
export function rowsOfClips(
  { distorted, frames, renditions }: MeasuredClips,
  featureOrder: readonly string[],
): FeatureRows[] {
  const unknown = featureOrder.filter((name) => !FEATURE_VALUES.has(name));
  if (unknown.length > 0)
    throw new ScoreError(
      'MISSING_FEATURES',
      `the regressor takes ${unknown.join(', ')}, which vqforge does not measure; give --features-from with a log or table`,
    );
  const width = featureOrder.length;
  return renditions.map((measured, at) => {
    const values = new Float64Array(measured.length * width);
    for (const [row, frame] of measured.entries())
      for (const [column, name] of featureOrder.entries())
        values[row * width + column] = FEATURE_VALUES.get(name)?.(frame) ?? NaN;
    return { path: distorted[at]?.path ?? '', values, frames };
  });
}
