import { CodedError } from '@vqforge/artifact/core';
import type { Lpips } from '@vqforge/runtime';
import { PipelineError } from '../errors.ts';
import type { OpenedClips } from './frame-messages.ts';
import type { FramePool } from './frame-pool.ts';
import { metricNames, type MetricColumns } from './metric-columns.ts';

export interface LpipsScores extends MetricColumns {
  readonly clips: OpenedClips;
  /** Why the scores end before the clips do. */
  readonly failure?: CodedError;
}

interface LpipsOptions {
  readonly signal?: AbortSignal;
  /** Frames scored, and how many there are as far as the inputs say. */
  readonly onProgress?: (done: number, total: number | null) => void;
}

/**
 * The distance of each rendition from its reference, frame by frame. When an input fails after whole frames, these are the
 * result, with the failure.
 *
 * @throws CodedError what fails before the first frame
 * @throws PipelineError INTERRUPTED
 */
export async function scoreFrames(
  pool: FramePool,
  lpips: Lpips,
  { signal, onProgress }: LpipsOptions,
): Promise<LpipsScores> {
  const clips = await pool.opened();
  const { width, height } = clips.reference;
  const frames: { frameNum: number }[] = [];
  const distances = clips.distorted.map((): number[] => []);
  let failure: CodedError | undefined;
  try {
    for await (const { frame, first, count, reference, distorted } of pool.batches()) {
      if (signal?.aborted === true) throw new PipelineError('INTERRUPTED', 'scoring was interrupted');
      const scores = await lpips.score(reference, distorted, { width, height, count });
      scores.forEach((score, at) => distances[first + at]?.push(score));
      if (first + count < distances.length) continue;
      frames.push({ frameNum: frame });
      onProgress?.(frames.length, clips.frames);
    }
  } catch (error) {
    const isPartial = error instanceof CodedError && error.code !== 'INTERRUPTED' && frames.length > 0;
    if (!isPartial) throw error;
    failure = error;
  }
  const names = metricNames('lpips', distances.length);
  const { id, digest, provider } = lpips.model;
  return {
    frames,
    // a frame that failed may have scores of some renditions
    columns: new Map(names.map((name, at) => [name, distances[at]?.slice(0, frames.length) as number[]])),
    model: { id, kind: 'lpips', sha256: digest, provider, metrics: names },
    clips,
    ...(failure === undefined ? {} : { failure }),
  };
}
