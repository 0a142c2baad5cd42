import type { FeatureOptions, MeasuredPair } from '@vqforge/features';
import { openFeatures } from '@vqforge/features/node';
import { clipFacts } from './clip-facts.ts';
import { expectedFrames } from './clip-files.ts';
import type { ClipRequest } from './clip-request.ts';
import type { MeasuredClips } from './measured-clips.ts';
import { readWholeFrames } from './whole-frames.ts';

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
  const renditions = distorted.map((): MeasuredPair[] => []);
  const { frames, failure } = await readWholeFrames(async (whole) => {
    for await (const { index, motion, renditions: pairs } of stream.frames()) {
      whole.push({ frameNum: index });
      for (const [at, pair] of pairs.entries()) renditions[at]?.push({ motion, pair });
      onProgress?.(whole.length, total);
    }
  });
  return {
    reference: clipFacts(reference, stream.reference),
    distorted: stream.distorted.map((clip, at) => clipFacts(distorted[at] as string, clip)),
    frames,
    renditions,
    failure,
  };
}
