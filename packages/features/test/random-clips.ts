// Random pictures that reach every branch of the kernels, from a seed.
import { emptyPlane, type ClipFormat, type Samples } from './oracle-clips.ts';

export interface RandomClip extends ClipFormat {
  /** The reference frame before. */
  readonly previous: Samples;
  readonly reference: Samples;
  readonly distorted: Samples;
  readonly vifGainLimit: number;
  readonly admGainLimit: number;
}

const DEPTHS = [8, 10, 12, 16, 8, 9, 10, 11, 12, 13, 14, 15, 16];

/** xorshift32: a number below `limit`. */
function generator(seed: number): (limit: number) => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bf03635) >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state % limit;
  };
}

type Sample = (x: number, y: number) => number;

/** The clip of a seed, with sides from 33 to `largest`. */
export function randomClip(seed: number, largest: number): RandomClip {
  const next = generator(seed);
  const side = (): number => 33 + next(largest - 32);
  const bitDepth = DEPTHS[next(DEPTHS.length)]!;
  const white = 2 ** bitDepth - 1;
  const clamp = (value: number): number => Math.min(Math.max(Math.floor(value), 0), white);
  const size = { width: side(), height: side(), bitDepth };
  const slope = [next(9) - 4, next(9) - 4] as const;
  const level = next(white + 1);
  const period = 2 + next(30);
  const smooth: Sample = (x, y) => clamp(level + (slope[0] * x + slope[1] * y) * 2 ** (bitDepth - 8));
  const noise: Sample = () => next(white + 1);
  const extremes: Sample = () => next(2) * white;
  const impulses: Sample = (x, y) => (x % period === 1 && y % period === 1 ? white : 0);
  const bars: Sample = (x, y) => ((x + y) % period < period / 2 ? white : 0);
  const texture: Sample = (x, y) => clamp(smooth(x, y) + (next(33) - 16) * 2 ** (bitDepth - 8));
  const references = new Map<string, Sample>([
    ['flat', () => level],
    ['smooth', smooth],
    ['texture', texture],
    ['noise', noise],
    ['extremes', extremes],
    ['impulses', impulses],
    ['bars', bars],
  ]);
  const step = 1 + next(60);
  const unit = 2 ** (bitDepth - 8);
  const changes = new Map<string, (reference: number, x: number, y: number) => number>([
    ['identical', (r) => r],
    ['a little noise', (r) => clamp(r + (next(2 * step + 1) - step) * unit * 0.25)],
    ['coarser levels', (r) => clamp(Math.floor(r / (step * unit)) * step * unit)],
    ['more contrast', (r) => clamp((r - level) * (1 + step / 8) + level)],
    ['less contrast', (r) => clamp((r - level) / (1 + step / 8) + level)],
    ['negative', (r) => white - r],
    ['flat', () => level],
    ['another picture', (_r, x, y) => texture(x, y)],
    ['black and white', extremes],
    ['darker', (r) => clamp(r - step * unit)],
  ]);
  const pick = <T>(map: Map<string, T>): [string, T] => [...map][next(map.size)]!;
  const [referenceKind, reference] = pick(references);
  const [changeKind, change] = pick(changes);
  const [motionKind, motion] = pick(changes);
  const clip = {
    ...size,
    kind: `${referenceKind}, ${changeKind}, ${motionKind}`,
    previous: emptyPlane(size),
    reference: emptyPlane(size),
    distorted: emptyPlane(size),
    vifGainLimit: [100, 1, 1.2, 40][next(4)]!,
    admGainLimit: [100, 1, 1.2, 40, 7.3][next(5)]!,
  };
  for (let y = 0, i = 0; y < size.height; y++)
    for (let x = 0; x < size.width; x++, i++) {
      const sample = reference(x, y);
      clip.reference[i] = sample;
      clip.distorted[i] = change(sample, x, y);
      clip.previous[i] = motion(sample, x, y);
    }
  return clip;
}
