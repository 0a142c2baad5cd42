import { inOrder } from '@vqforge/base';
import {
  commonFormat,
  type FeatureOptions,
  FeatureSequence,
  type FrameFeatures,
  type LumaFormat,
} from '@vqforge/features';
import { type FrameSet, type FrameSets, lumaOf, type Samples } from '@vqforge/media';
import type { MeasureRequest, MomentLuma } from './measure-calls.ts';
import type { MeasurePool } from './measure-pool.ts';

/** Bytes of luma in one request; it has at least one frame and at most `MOST_FRAMES`. */
const REQUEST_BYTES = 8 * 2 ** 20;
const MOST_FRAMES = 16;
/** Frames that a reader must leave as they are: those of a request that is not sent yet. */
export const FRAMES_KEPT: number = MOST_FRAMES + 1;

/** How a reading ended before the clips did. */
export interface Ending {
  error?: unknown;
}

/** How frames are measured. */
interface Measuring {
  readonly pool: MeasurePool;
  /** As the pool was made with. */
  readonly options: FeatureOptions;
}

/**
 * Measures all frames of a comparison on the threads of a pool, in the order of the frames.
 *
 * @param ending gets what ends the reading, after the frames that were whole
 * @throws FeaturesError of clips or frames that cannot be measured
 */
export async function* measureSets(
  sets: FrameSets,
  { pool, options }: Measuring,
  ending: Ending,
): AsyncGenerator<FrameFeatures, void, undefined> {
  const format = commonFormat(sets);
  const sequence = new FeatureSequence(format, options);
  const requests = requestsOf(sets, format, ending);
  for await (const frames of inOrder(requests, pool.ahead, (request) => pool.measure(request)))
    for (const frame of frames) yield* sequence.next(frame);
  yield* sequence.end();
}

/** Bundles of consecutive frames, each with the reference of the frame before. */
async function* requestsOf(
  sets: FrameSets,
  format: LumaFormat,
  ending: Ending,
): AsyncGenerator<Omit<MeasureRequest, 'options'>, void, undefined> {
  const bytes = format.width * format.height * (format.bitDepth === 8 ? 1 : 2) * (1 + sets.distorted.length);
  const most = Math.min(MOST_FRAMES, Math.max(1, Math.floor(REQUEST_BYTES / bytes)));
  let before: Samples | null = null;
  let frames: MomentLuma[] = [];
  for (;;) {
    const set = await sets.read().catch((error: unknown) => {
      ending.error = error;
      return null;
    });
    if (set !== null) frames.push(momentOf(set));
    if (frames.length > 0 && (set === null || frames.length === most)) {
      // the memory of the last one moves away with the request
      const last: Samples | undefined = frames.at(-1)?.luma[0]?.slice();
      yield { format, before, frames };
      before = last ?? null;
      frames = [];
    }
    if (set === null) return;
  }
}

function momentOf({ index, reference, distorted }: FrameSet): MomentLuma {
  const luma = [reference, ...distorted].map((frame) => lumaOf(frame).luma);
  return { index, measured: distorted.length > 0, luma };
}
