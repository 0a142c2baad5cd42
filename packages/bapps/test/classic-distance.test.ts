import { expect, test } from 'vitest';
import { dssimDistance, l2Distance } from '../src/classic-distance.ts';
import { colours } from '../src/colour.ts';
import { noise } from './sets.ts';

function slopes(seed: number): Uint8Array {
  return Uint8Array.from({ length: 3 * 64 * 64 }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % 64, Math.floor(at / 192)];
    return [4 * x + seed, 2 * x + 2 * y + 3 * seed, 3 * y + 7 * seed][at % 3] as number;
  });
}

const PICTURES = {
  noise: [noise(3 * 64 * 64, 1), noise(3 * 64 * 64, 2)],
  slopes: [slopes(0), slopes(3)],
} as const;

/**
 * scikit-image 0.26.0 in float64: `rgb2lab` rounded to float32, `structural_similarity(channel_axis=-1, data_range=100
 * or 255)`, l2 as in upstream's lpips/__init__.py; truncated: after upstream's `tensor2im`.
 */
test.each([
  ['noise', 'l2', 'RGB', false, 0.6689243870546585],
  ['noise', 'l2', 'Lab', false, 0.14654122989027293],
  ['noise', 'dssim', 'Lab', false, 0.4972828113632114],
  ['noise', 'dssim', 'RGB', false, 0.4924778856814834],
  ['noise', 'l2', 'Lab', true, 0.14722757557900396],
  ['noise', 'dssim', 'Lab', true, 0.4972869413338992],
  ['noise', 'dssim', 'RGB', true, 0.49251965394694924],
  ['slopes', 'l2', 'RGB', false, 0.012718185313341021],
  ['slopes', 'l2', 'Lab', false, 0.0014554481277036044],
  ['slopes', 'dssim', 'Lab', false, 0.05614959144924847],
  ['slopes', 'dssim', 'RGB', false, 0.01082311529310731],
  ['slopes', 'l2', 'Lab', true, 0.0014654613138104452],
  ['slopes', 'dssim', 'Lab', true, 0.05656989724181233],
  ['slopes', 'dssim', 'RGB', true, 0.011471552050397016],
] as const)(
  '%s: %s in %s, truncated %s, is that of scikit-image',
  (picture, metric, space, truncating, expected) => {
    const [a, b] = PICTURES[picture].map((rgb) => colours(rgb, space, truncating)) as [
      Float64Array,
      Float64Array,
    ];
    const distance = metric === 'l2' ? l2Distance : dssimDistance;
    // float64 sums in another order; Lab's float32 rounding may fall to the other side
    expect(Math.abs(distance(a, b, space) - expected)).toBeLessThan(1e-9);
    expect(distance(b, a, space)).toBeCloseTo(distance(a, b, space), 12);
    // variance less its own covariance, in another order of operations
    expect(Math.abs(distance(a, a, space))).toBeLessThan(1e-12);
  },
);

test('truncation lowers 63 of the 256 bytes by one', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const lower = colours(bytes, 'RGB', true).map((value, byte) => byte - value);
  expect(new Set(lower)).toEqual(new Set([0, 1]));
  expect(lower.reduce((a, b) => a + b, 0)).toBe(63);
});
