/**
 * One column of the sort: a Float64Array sorts by value (−0 before 0), a Uint32Array by code or index.
 * Columns hold no NaN.
 */
type SortColumn = Float64Array | Uint32Array;

/**
 * Writes a 32-bit part of a column, for rows[from, to), to keys[from, to). Keys compare as signed integers, so they
 * stay small integers in the engine; comparing all words of all columns in turn compares the rows.
 */
type Word = (rows: Uint32Array, from: number, to: number, keys: Int32Array) => void;

interface Pairs {
  readonly keys: Int32Array;
  readonly rows: Uint32Array;
}

/** Memory that sorts of up to `size` rows can share: fresh pages cost as much as a pass over them. */
export class SortMemory {
  readonly keys: Int32Array;
  readonly spare: Pairs;

  constructor(size: number) {
    this.keys = new Int32Array(size);
    this.spare = { keys: new Int32Array(size), rows: new Uint32Array(size) };
  }

  get size(): number {
    return this.keys.length;
  }
}

/**
 * Sorts row numbers in place by the given columns, most significant first.
 *
 * Works down the columns: sort by the first 32-bit word, then each run of equal words by the next. A range that is
 * in order already costs one pass, which is how tables usually arrive; otherwise it is sorted by least-significant-
 * digit radix. Equal rows stay in the order in which they came.
 *
 * @param rows   row numbers; on return in canonical order
 * @param memory at least as large
 */
export function sortRows(
  rows: Uint32Array,
  columns: readonly SortColumn[],
  memory: SortMemory = new SortMemory(rows.length),
): void {
  const words = columns.flatMap((column) =>
    column instanceof Float64Array ? [highWord(column), lowWord(column)] : [codeWord(column)],
  );
  const { keys, spare } = memory;
  const pairs = { keys, rows };
  const sortRange = (from: number, to: number, depth: number): void => {
    const word = words[depth];
    if (word === undefined) return;
    word(rows, from, to, keys);
    if (!isAscending(keys, from, to)) {
      if (to - from <= SMALL_RANGE) insertionSort(pairs, from, to);
      else radixSort(pairs, spare, from, to);
    }
    for (let start = from; start < to;) {
      const end = runEnd(keys, start, to);
      if (end - start > 1) sortRange(start, end, depth + 1);
      start = end;
    }
  };
  sortRange(0, rows.length, 0);
}

/** True when every row number is at its own place. */
export function isIdentity(rows: Uint32Array): boolean {
  for (let i = 0; i < rows.length; i++) if (rows[i] !== i) return false;
  return true;
}

function codeWord(column: Uint32Array): Word {
  return (rows, from, to, keys) => {
    for (let i = from; i < to; i++) keys[i] = column[rows[i]!]! ^ 0x80000000;
  };
}

// The bits of two positive doubles compare like integers, those of two negative ones the other way round.
function highWord(column: Float64Array): Word {
  const bits = new Int32Array(column.buffer, column.byteOffset, column.length * 2);
  return (rows, from, to, keys) => {
    for (let i = from; i < to; i++) {
      const high = bits[2 * rows[i]! + 1]!;
      keys[i] = high < 0 ? high ^ 0x7fffffff : high;
    }
  };
}

function lowWord(column: Float64Array): Word {
  const bits = new Int32Array(column.buffer, column.byteOffset, column.length * 2);
  return (rows, from, to, keys) => {
    for (let i = from; i < to; i++) {
      const isNegative = bits[2 * rows[i]! + 1]! < 0;
      keys[i] = bits[2 * rows[i]!]! ^ (isNegative ? 0x7fffffff : 0x80000000); // unsigned order as signed
    }
  };
}

function isAscending(keys: Int32Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) if (keys[i - 1]! > keys[i]!) return false;
  return true;
}

function runEnd(keys: Int32Array, start: number, to: number): number {
  let end = start + 1;
  while (end < to && keys[end] === keys[start]) end++;
  return end;
}

// Up to this many rows insertion sort beats clearing the 2,048 counters of a radix pass
const SMALL_RANGE = 64;
const DIGIT_BITS = 11; // three digits cover a word, and the counters stay in the first-level cache
const counters = new Int32Array(2 ** DIGIT_BITS);

/** Sorts the pairs of a range by key, stably. */
function radixSort(pairs: Pairs, spare: Pairs, from: number, to: number): void {
  let least = pairs.keys[from]!;
  let most = least;
  for (let i = from + 1; i < to; i++) {
    const key = pairs.keys[i]!;
    if (key < least) least = key;
    else if (key > most) most = key;
  }
  let source = pairs;
  let target = spare;
  for (let shift = 0; shift < 32 && (most - least) >>> shift !== 0; shift += DIGIT_BITS) {
    radixPass(source, target, from, to, least, shift);
    [source, target] = [target, source];
  }
  if (source === pairs) return;
  pairs.keys.set(source.keys.subarray(from, to), from);
  pairs.rows.set(source.rows.subarray(from, to), from);
}

function radixPass(
  source: Pairs,
  target: Pairs,
  from: number,
  to: number,
  least: number,
  shift: number,
): void {
  const mask = counters.length - 1;
  counters.fill(0);
  for (let i = from; i < to; i++) counters[((source.keys[i]! - least) >>> shift) & mask]!++;
  for (let digit = 0, next = from; digit < counters.length; digit++) {
    const size = counters[digit]!;
    counters[digit] = next;
    next += size;
  }
  for (let i = from; i < to; i++) {
    const key = source.keys[i]!;
    const place = counters[((key - least) >>> shift) & mask]!++;
    target.keys[place] = key;
    target.rows[place] = source.rows[i]!;
  }
}

function insertionSort({ keys, rows }: Pairs, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const key = keys[i]!;
    const row = rows[i]!;
    let place = i;
    for (; place > from && keys[place - 1]! > key; place--) {
      keys[place] = keys[place - 1]!;
      rows[place] = rows[place - 1]!;
    }
    keys[place] = key;
    rows[place] = row;
  }
}
