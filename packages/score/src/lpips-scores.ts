import type { CodedError } from '@vqforge/base';
import type { Lpips } from '@vqforge/runtime';
import { ScoreError } from './errors.ts';
import { metricNames, modelFacts, type MetricColumns } from './metric-columns.ts';
import type { TensorSource } from './tensor-source-files.ts';
import { readWholeFrames } from './whole-frames.ts';

export interface LpipsScores extends MetricColumns {
  /** Why the scores end before the clips do. */
  readonly failure?: CodedError | undefined;
}

interface LpipsOptions {
  readonly signal?: AbortSignal;
  /** Frames scored, and how many there are as far as the inputs say. */
  readonly onProgress?: (done: number, total: number | null) => void;
  /** The distance of each rendition in a frame, as soon as it is known. */
  readonly onFrame?: (frame: number, distances: readonly number[]) => void;
}

/**
 * Pixels of one run. What ONNX Runtime keeps between the layers of LPIPS takes about 140 bytes per pixel and image (288 MB
 * for the taps of one of 1920×1080), so a whole ladder in one run is for small frames; 2^22 lets a pair of 1920×1080 in.
 */
const PIXELS_PER_RUN = 2 ** 22;

/**
 * The distance of each rendition from its reference, frame by frame. When an input fails after whole frames, these are the
 * result, with the failure.
 *
 * @throws CodedError what fails before the first frame
 * @throws ScoreError INTERRUPTED | BAD_INPUT for a model of another input than planes
 */
export async function scoreFrames(
  source: TensorSource,
  lpips: Lpips,
  { signal, onProgress, onFrame }: LpipsOptions,
): Promise<LpipsScores> {
  if (lpips.inputType !== 'float32')
    throw new ScoreError('BAD_INPUT', `${lpips.model.path} takes bytes, expected a model of float32 planes`);
  const distances = source.distorted.map((): number[] => []);
  const { frames, failure } = await readWholeFrames(async (whole) => {
    for await (const { index, reference, distorted } of source.sets()) {
      if (signal?.aborted === true) throw new ScoreError('INTERRUPTED', 'scoring was interrupted');
      const scores = await scoreRenditions(lpips, reference, distorted, source.reference);
      scores.forEach((score, at) => distances[at]?.push(score));
      whole.push({ frameNum: index });
      onFrame?.(index, scores);
      onProgress?.(whole.length, source.frames);
    }
  });
  const names = metricNames('lpips', distances.length);
  return {
    frames,
    columns: new Map(names.map((name, at) => [name, distances[at] as number[]])),
    model: modelFacts(lpips.model, names),
    failure,
  };
}

/** @param distorted [N, 3, height, width] */
async function scoreRenditions(
  lpips: Lpips,
  reference: Float32Array,
  distorted: Float32Array,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<number[]> {
  const values = reference.length;
  const perRun = Math.max(1, Math.floor(PIXELS_PER_RUN / (width * height)) - 1);
  const scores: number[] = [];
  for (let at = 0; at < distorted.length; at += perRun * values) {
    const images = distorted.subarray(at, at + perRun * values);
    const shape = { width, height, count: images.length / values };
    scores.push(...(await lpips.score(reference, images, shape, { values: 'pixels' })));
  }
  return scores;
}
