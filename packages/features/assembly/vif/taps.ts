// The Gaussians of VIF, in units of 2⁻¹⁶, sum 65536: 17, 9, 5 and 3 taps at scales 0 to 3.
//
// `dot_i16x8_s` multiplies by signed 16-bit taps and adds neighbours. The two outputs 2j and 2j + 1 read the same pairs of
// samples (2q, 2q + 1), so one loaded vector serves both, with two vectors of tap pairs. The middle tap of scale 3 does not
// fit; 10904 43728 10904 = 8 · (1363 5466 1363), and the sums of that scale are shifted by 3.
import { tapPair } from '../lanes';

export const SCALES: i32 = 4;
/** Taps from one end to the middle one. */
const HALF_TAPS: usize = memory.data<i32>([
  489, 935, 1640, 2640, 3896, 5274, 6547, 7455, 7784,
  1244, 3663, 7925, 12590, 14692, 0, 0, 0, 0,
  3571, 16004, 26386, 0, 0, 0, 0, 0, 0,
  1363, 5466, 0, 0, 0, 0, 0, 0, 0,
]);
const ROW: i32 = 9;

/** Bytes of one entry: the pair for the even output, then the pair for the odd one. */
export const ENTRY: usize = 32;
const ENTRIES: i32 = 9;
const TABLE: usize = memory.data(4 * 9 * 32, 16);

/** Samples that the filter of a scale reaches to each side. */
export function radiusOf(scale: i32): i32 {
  return 8 >> scale;
}

/** Pairs of samples on each side of the middle pair: pairs −reach … reach serve the outputs 0 and 1. */
export function reachOf(scale: i32): i32 {
  return (radiusOf(scale) + 1) >> 1;
}

/** How many pairs of samples an output reads. */
export function pairsOf(scale: i32): i32 {
  return 2 * reachOf(scale) + 1;
}

/** Address of the entry of pair −reach; the others follow. */
export function tapTable(scale: i32): usize {
  return TABLE + <usize>(scale * ENTRIES) * ENTRY;
}

/** A sum of scale 3 is an eighth of what it should be; `last` says whether it is one, as a constant of the loop. */
// @ts-ignore: decorator
@inline
export function whole(sum: v128, last: bool): v128 {
  return last ? i32x4.shl(sum, 3) : sum;
}

function tap(scale: i32, k: i32): i32 {
  const radius = radiusOf(scale);
  const distance = abs(k - radius);
  return distance > radius ? 0 : load<i32>(HALF_TAPS + <usize>(scale * ROW + radius - distance) * 4);
}

export function prepareVifTaps(): void {
  for (let scale = 0; scale < SCALES; scale++) {
    const radius = radiusOf(scale);
    const reach = reachOf(scale);
    let entry = tapTable(scale);
    for (let q = -reach; q <= reach; q++, entry += ENTRY) {
      const k = 2 * q + radius;
      v128.store(entry, tapPair(tap(scale, k), tap(scale, k + 1)));
      v128.store(entry, tapPair(tap(scale, k - 1), tap(scale, k)), 16);
    }
  }
}
