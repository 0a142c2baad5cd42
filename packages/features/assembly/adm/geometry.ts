// Sizes of the bands, and which part of them counts.
//
// A band of scale s has ⌈n/2⌉ rows and columns of the one above. Sums run over its middle: left = trunc(0.1·W − 0.5),
// right = W − left, likewise top and bottom. Masking reads one more row and column around that, coarser scales read band a
// where their own middle needs it; nothing else is transformed.
import { height, width } from '../picture';

export const SCALES: i32 = 4;

// one scale is current, the others wait in this table
const FIELDS: i32 = 10;
const TABLE: usize = memory.data(4 * 10 * 4, 16);

/** The current scale's band. */
export let bandWidth: i32 = 0;
export let bandHeight: i32 = 0;
/** The middle, over which sums run. */
export let left: i32 = 0;
export let top: i32 = 0;
export let right: i32 = 0;
export let bottom: i32 = 0;
/** The part that is transformed. Its left edge is a multiple of eight. */
export let firstColumn: i32 = 0;
export let firstRow: i32 = 0;
export let endColumn: i32 = 0;
export let endRow: i32 = 0;
/** The picture, or the band a, that the scale is made of. */
export let inputWidth: i32 = 0;
export let inputHeight: i32 = 0;

function get(scale: i32, field: i32): i32 {
  return load<i32>(TABLE + <usize>(scale * FIELDS + field) * 4);
}

function set(scale: i32, field: i32, value: i32): void {
  store<i32>(TABLE + <usize>(scale * FIELDS + field) * 4, value);
}

export function widthOf(scale: i32): i32 {
  return scale < 0 ? width : get(scale, 0);
}

export function heightOf(scale: i32): i32 {
  return scale < 0 ? height : get(scale, 1);
}

export function enterScale(scale: i32): void {
  bandWidth = get(scale, 0);
  bandHeight = get(scale, 1);
  left = get(scale, 2);
  top = get(scale, 3);
  right = get(scale, 4);
  bottom = get(scale, 5);
  firstColumn = get(scale, 6);
  firstRow = get(scale, 7);
  endColumn = get(scale, 8);
  endRow = get(scale, 9);
  inputWidth = widthOf(scale - 1);
  inputHeight = heightOf(scale - 1);
}

export function measureBands(): void {
  for (let s = 0; s < SCALES; s++) {
    const columns = (widthOf(s - 1) + 1) >> 1;
    const rows = (heightOf(s - 1) + 1) >> 1;
    set(s, 0, columns);
    set(s, 1, rows);
    set(s, 2, borderOf(columns));
    set(s, 3, borderOf(rows));
    set(s, 4, columns - borderOf(columns));
    set(s, 5, rows - borderOf(rows));
  }
  for (let s = SCALES - 1; s >= 0; s--) transformedPart(s);
}

function borderOf(size: i32): i32 {
  return <i32>(<f64>size * 0.1 - 0.5);
}

/** The middle and one sample around it, and what the transformed part of the next scale reads: samples 2k − 1 … 2k + 2. */
function transformedPart(scale: i32): void {
  let x0 = max(get(scale, 2) - 1, 0);
  let y0 = max(get(scale, 3) - 1, 0);
  let x1 = min(get(scale, 4) + 1, get(scale, 0));
  let y1 = min(get(scale, 5) + 1, get(scale, 1));
  if (scale + 1 < SCALES) {
    x0 = min(x0, max(0, 2 * get(scale + 1, 6) - 1));
    y0 = min(y0, max(0, 2 * get(scale + 1, 7) - 1));
    x1 = max(x1, min(get(scale, 0), 2 * get(scale + 1, 8) + 1));
    y1 = max(y1, min(get(scale, 1), 2 * get(scale + 1, 9) + 1));
  }
  set(scale, 6, x0 & ~7);
  set(scale, 7, y0);
  set(scale, 8, x1);
  set(scale, 9, y1);
}

/** The smallest k with 2^k ≥ n. */
export function ceilLog2(n: i32): i32 {
  return n <= 1 ? 0 : 32 - <i32>clz<u32>(<u32>(n - 1));
}

/** Half of 2^shift, which rounds a shift; 0 for none. */
export function halfOf(shift: i32): i64 {
  return shift > 0 ? <i64>1 << (shift - 1) : 0;
}
