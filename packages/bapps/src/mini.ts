import { createHash } from 'node:crypto';
import { RandomStream } from '@vqforge/base';
import { DISTORTIONS, drawPicture, type DistortionKind } from './drawing.ts';
import type { BappsMode } from './layout.ts';

/** One item of the miniature dataset: pictures by folder, interleaved RGB bytes [64, 64, 3], and the judgement. */
interface MiniItem {
  readonly pictures: Readonly<Record<string, Uint8Array>>;
  readonly judgement: number;
}

/** The sets, and what their pictures suffer from. */
export const MINI_SETS: Readonly<Record<BappsMode, Readonly<Record<string, readonly DistortionKind[]>>>> = {
  '2afc': {
    'train/traditional': ['noise', 'blur', 'blocks', 'tint', 'brighten'],
    'train/cnn': ['checker', 'blur', 'shift'],
    'train/mix': ['noise', 'blur', 'blocks', 'checker', 'tint', 'brighten', 'shift'],
    'val/traditional': ['noise', 'blur', 'blocks', 'tint', 'brighten'],
    'val/cnn': ['checker', 'blur', 'shift'],
    'val/superres': ['blur', 'blocks', 'checker'],
    'val/deblur': ['blur', 'shift', 'noise'],
    'val/color': ['tint', 'brighten', 'noise'],
    'val/frameinterp': ['shift', 'blur'],
  },
  jnd: {
    'val/traditional': ['noise', 'blur', 'blocks', 'tint', 'brighten'],
    'val/cnn': ['checker', 'blur', 'shift'],
  },
};

/** The rule that judges in place of human observers, in words, for documents. */
export const MINI_RULE =
  'drawn pictures; a distortion of strength s from 1 to 16 disturbs by its weight times s (blocks 11, blur 10, noise 6, checker 5, tint 4, brighten 2, shift 2); judge = (1 + x / (1 + |x|)) / 2 for x = (disturbance of p0 - that of p1) / 12, same = 1 / (1 + disturbance / 12), each rounded to as many votes as BAPPS has: 2 in train, 5 in val, 3 in jnd';

/** Difference of disturbance at which three of four people agree. */
const SPREAD = 12;

/**
 * The items of a set of the miniature dataset: a function of seed, mode, set and their number in it, to the bit.
 *
 * @param seed an unsigned 32-bit integer
 */
export function* miniItems(mode: BappsMode, set: string, count: number, seed: number): Generator<MiniItem> {
  const kinds = MINI_SETS[mode][set] as readonly DistortionKind[];
  const stream = createHash('sha256').update(`${mode} ${set}`).digest().readInt32LE();
  const random = new RandomStream(seed, 'drawing', stream);
  const distort = (picture: Uint8Array): { patch: Uint8Array; disturbance: number } => {
    const { weight, apply } = DISTORTIONS[kinds[random.below(kinds.length)] as DistortionKind];
    const strength = 1 + random.below(16);
    return { patch: apply(picture, strength, random), disturbance: weight * strength };
  };
  for (let item = 0; item < count; item++) {
    const ref = drawPicture(random);
    const p0 = distort(ref);
    if (mode === 'jnd') {
      const same = 1 / (1 + p0.disturbance / SPREAD);
      yield { pictures: { p0: ref, p1: p0.patch }, judgement: votes(same, 3) };
      continue;
    }
    const p1 = distort(ref);
    const x = (p0.disturbance - p1.disturbance) / SPREAD;
    const judge = (1 + x / (1 + Math.abs(x))) / 2;
    yield {
      pictures: { ref, p0: p0.patch, p1: p1.patch },
      judgement: votes(judge, set.startsWith('train/') ? 2 : 5),
    };
  }
}

function votes(fraction: number, people: number): number {
  return Math.round(fraction * people) / people;
}
