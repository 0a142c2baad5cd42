/** Which frames of a rendition belong to which of its reference. */
export interface TimePairs {
  /** The rendition's frame of each frame of the reference, -1 where there is none; they never step back. */
  readonly frames: Int32Array;
  /** Frames that have a partner. */
  readonly paired: number;
  /** Seconds between the two frames of a pair, at most. */
  readonly farthest: number;
}

/**
 * Pairs frames by their times, as where rates differ or vary: two frames are a pair where each is the nearest of the other and they
 * are at most half a frame of the reference apart (half of the median time from one of its frames to the next). Of two that are
 * equally near the earlier counts. Every frame is in one pair at most.
 *
 * @param reference seconds at which its frames are shown, in order
 * @param offset seconds by which the rendition starts later
 * @example [...pairByTime([0, 0.04, 0.08, 0.12], [0, 0.08]).frames] // => [0, -1, 1, -1]
 */
export function pairByTime(
  reference: ArrayLike<number>,
  rendition: ArrayLike<number>,
  offset = 0,
): TimePairs {
  const times = Float64Array.from(rendition, (time) => time - offset);
  const there = nearest(reference, times);
  const back = nearest(times, reference);
  const most = halfFrame(reference);
  let [paired, farthest] = [0, 0];
  const frames = there.map((partner, frame) => {
    if (partner < 0 || back[partner] !== frame) return -1;
    const apart = Math.abs((times[partner] as number) - (reference[frame] as number));
    if (apart > most) return -1;
    paired++;
    farthest = Math.max(farthest, apart);
    return partner;
  });
  return { frames, paired, farthest };
}

/** For each time, the index of the nearest of the others; -1 where there are none. */
function nearest(times: ArrayLike<number>, others: ArrayLike<number>): Int32Array {
  let at = 0;
  return Int32Array.from(times, (time) => {
    const distance = (index: number): number => Math.abs((others[index] as number) - time);
    while (at + 1 < others.length && distance(at + 1) < distance(at)) at++;
    return others.length === 0 ? -1 : at;
  });
}

/** Containers round times, Matroska to milliseconds. */
const ROUNDED_SECONDS = 1e-3;

function halfFrame(times: ArrayLike<number>): number {
  const steps = Float64Array.from({ length: Math.max(0, times.length - 1) }, (_, at) => {
    return (times[at + 1] as number) - (times[at] as number);
  }).sort();
  return steps.length === 0 ? Infinity : (steps[steps.length >> 1] as number) / 2 + ROUNDED_SECONDS;
}
