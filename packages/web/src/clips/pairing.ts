import { pairByTime, type TimePairs } from '@vqforge/media';
import { type PairingFacts, skippedFrames } from '@vqforge/score/pure';

/** Which frames of the renditions are compared with which of the reference. It crosses to workers by cloning. */
export type Pairing = NumberPairing | TimePairing;

interface NumberPairing {
  readonly by: 'number';
  /** Frames that are passed over at the start of each side. */
  readonly skip: { readonly reference: number; readonly distorted: number };
}

interface TimePairing {
  readonly by: 'time';
  /** Seconds by which the renditions start later. */
  readonly offset: number;
  /** Frames of the reference. */
  readonly frames: number;
  /** One for each rendition. */
  readonly renditions: readonly TimePairs[];
  /** Frames of each rendition. */
  readonly lengths: readonly number[];
}

/** @param offset frames by which the renditions start later; where it is negative, the reference */
export function pairedByNumber(offset: number): Pairing {
  return { by: 'number', skip: { reference: Math.max(0, -offset), distorted: Math.max(0, offset) } };
}

/**
 * @param times seconds of the frames of the reference, then of each rendition
 * @param offset seconds by which the renditions start later
 */
export function pairedByTime(
  [reference = [], ...renditions]: readonly ArrayLike<number>[],
  offset: number,
): Pairing {
  return {
    by: 'time',
    offset,
    frames: reference.length,
    renditions: renditions.map((times) => pairByTime(reference, times, offset)),
    lengths: renditions.map(({ length }) => length),
  };
}

/**
 * The frames of the files that are compared as one: of the reference, then of each rendition.
 *
 * @param frame number of the frame in the results
 * @returns undefined where some rendition has no frame
 */
export function framesAt(pairing: Pairing, frame: number, renditions: number): number[] | undefined {
  if (pairing.by === 'number') {
    const { reference, distorted } = pairing.skip;
    return [frame + reference, ...Array.from({ length: renditions }, () => frame + distorted)];
  }
  const frames = pairing.renditions.map(({ frames: pairs }) => pairs[frame] ?? -1);
  return frames.includes(-1) ? undefined : [frame, ...frames];
}

/** The nearest frame that has partners, first in the direction of `step`; `frame` itself where none has. */
export function nearestPaired(pairing: Pairing, frame: number, frames: number, step: number): number {
  for (const towards of [step, -step])
    for (let at = frame; at >= 0 && at < frames; at += towards)
      if (framesAt(pairing, at, 1) !== undefined) return at;
  return frame;
}

/** The fields of a document about how frames were paired; none where frames of one number are compared from the first on. */
export function pairingFacts(pairing: Pairing): PairingFacts | undefined {
  if (pairing.by === 'number') return skippedFrames(pairing.skip.reference, pairing.skip.distorted);
  const { frames, offset, renditions, lengths } = pairing;
  const unmatched = Array.from({ length: frames }, (_, frame) =>
    framesAt(pairing, frame, renditions.length),
  ).filter((found) => found === undefined);
  return {
    by: 'time',
    offset,
    unmatched: {
      reference: unmatched.length,
      renditions: renditions.map(({ paired }, at) => (lengths[at] as number) - paired),
    },
  };
}
