import { isNull, type ArrowColumn } from './arrow-c-data.ts';
import { decimalNumbers, halfNumbers } from './number-formats.ts';
import type { NameCodes } from './name-codes.ts';

/** Stands for a null name and for an invalid frame index. */
export const NO_VALUE = 0xffffffff;

/** Invalid values of one column, counted by kind, with the first rows that have one. */
export interface InvalidCounts {
  nulls: number;
  nans: number;
  infinities: number;
  /** Frame indices that are negative, fractional or above 2^32 − 2. */
  notFrames: number;
  /** The first of these rows, as positions in the whole table in file order. */
  readonly firstRows: number[];
}

/** Rows that a message names: enough to see a pattern in one line. */
export const FIRST_ROWS = 5;

/** Counts of a column in which nothing invalid was seen. */
export function noInvalid(): InvalidCounts {
  return { nulls: 0, nans: 0, infinities: 0, notFrames: 0, firstRows: [] };
}

/** The decoder gave a type that the footer did not announce. */
class UnexpectedTypeError extends Error {
  override readonly name = 'UnexpectedTypeError';
}

/**
 * Copies a numeric column to out[at, at + length) as float64. 64-bit integers round to the nearest float64.
 * Nulls, NaN and infinities become NaN and are counted.
 */
export function decodeNumbers(
  memory: ArrayBuffer,
  column: ArrowColumn,
  out: Float64Array,
  at: number,
  invalid: InvalidCounts,
): void {
  const target = out.subarray(at, at + column.length);
  copyNumbers(memory, column, target);
  if (column.validity === 0 && allFinite(target)) return;
  const bitmap = new Uint8Array(memory);
  for (let i = 0; i < target.length; i++) {
    const value = target[i]!;
    if (column.validity !== 0 && isNull(bitmap, column, i)) invalid.nulls++;
    else if (Number.isFinite(value)) continue;
    else if (Number.isNaN(value)) invalid.nans++;
    else invalid.infinities++;
    target[i] = NaN;
    note(invalid, at + i);
  }
}

/** A number less itself is 0 unless it is NaN or infinite; four sums side by side, as each addition waits for the last. */
function allFinite(values: Float64Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += values[i]! - values[i]!;
    b += values[i + 1]! - values[i + 1]!;
    c += values[i + 2]! - values[i + 2]!;
    d += values[i + 3]! - values[i + 3]!;
  }
  for (let i = whole; i < values.length; i++) a += values[i]! - values[i]!;
  return a + b + c + d === 0;
}

/** Copies a numeric column to out[at, at + length) as frame indices; an invalid one becomes NO_VALUE and is counted. */
export function decodeFrames(
  memory: ArrayBuffer,
  column: ArrowColumn,
  out: Uint32Array,
  at: number,
  invalid: InvalidCounts,
): void {
  const numbers = new Float64Array(column.length);
  const found = noInvalid();
  decodeNumbers(memory, column, numbers, 0, found);
  invalid.nulls += found.nulls;
  invalid.nans += found.nans;
  invalid.infinities += found.infinities;
  for (let i = 0; i < numbers.length; i++) {
    const frame = numbers[i]!;
    const index = frame >>> 0;
    if (index === frame && index !== NO_VALUE) {
      out[at + i] = index;
      continue;
    }
    if (!Number.isNaN(frame)) invalid.notFrames++;
    out[at + i] = NO_VALUE;
    note(invalid, at + i);
  }
}

/** Writes the codes of a string column to out[at, at + length); a null becomes NO_VALUE and is counted. */
export function decodeNames(
  memory: ArrayBuffer,
  column: ArrowColumn,
  names: NameCodes,
  out: Uint32Array,
  at: number,
  invalid: InvalidCounts,
): void {
  const { dictionary } = column;
  const target = out.subarray(at, at + column.length);
  if (dictionary === undefined) {
    stringCodes(memory, column, names, target);
  } else {
    const dictionaryCodes = new Uint32Array(dictionary.length);
    stringCodes(memory, dictionary, names, dictionaryCodes);
    copyIndexed(memory, column, dictionaryCodes, target, NO_VALUE);
  }
  if (column.validity === 0 && (dictionary === undefined || dictionary.validity === 0)) return;
  for (let i = 0; i < target.length; i++) {
    if (target[i] !== NO_VALUE) continue;
    invalid.nulls++;
    note(invalid, at + i);
  }
}

function stringCodes(memory: ArrayBuffer, column: ArrowColumn, names: NameCodes, codes: Uint32Array): void {
  const { format, offset, length, validity } = column;
  if (format !== 'u' && format !== 'U')
    throw new UnexpectedTypeError(`column ${column.name} decodes to Arrow type ${format}, expected a string`);
  const [offsetsAddress = 0, start = 0] = column.buffers;
  const words = format === 'u' ? 1 : 2; // large strings have 64-bit offsets, below 2^32 in wasm32
  const offsets = new Uint32Array(memory, offsetsAddress + offset * words * 4, (length + 1) * words);
  const bytes = new DataView(memory);
  const bitmap = new Uint8Array(memory);
  for (let i = 0; i < length; i++) {
    const missing = validity !== 0 && isNull(bitmap, column, i);
    codes[i] = missing
      ? NO_VALUE
      : names.codeOf(bytes, start + offsets[i * words]!, start + offsets[(i + 1) * words]!);
  }
}

/** target[i] = dictionary[index i], or `missing` where the index is null. */
function copyIndexed<T extends Float64Array | Uint32Array>(
  memory: ArrayBuffer,
  column: ArrowColumn,
  dictionary: T,
  target: T,
  missing: number,
): void {
  const indices = scratch(column.length);
  copyPrimitive(memory, column, indices);
  const bitmap = new Uint8Array(memory);
  for (let i = 0; i < target.length; i++) {
    const isMissing = column.validity !== 0 && isNull(bitmap, column, i);
    const value = isMissing ? missing : dictionary[indices[i]!];
    if (value === undefined)
      throw new RangeError(`column ${column.name} has a dictionary index out of range`);
    target[i] = value;
  }
}

let scratchNumbers = new Float64Array(0);

/** One array for the indices of every batch: fresh ones of half a megabyte keep the collector busy. */
function scratch(length: number): Float64Array {
  if (scratchNumbers.length < length) scratchNumbers = new Float64Array(length);
  return scratchNumbers.subarray(0, length);
}

/** Arrow dictionaries of numbers come from pandas' categories. */
function copyNumbers(memory: ArrayBuffer, column: ArrowColumn, target: Float64Array): void {
  const { dictionary } = column;
  if (dictionary === undefined) return copyPrimitive(memory, column, target);
  const values = new Float64Array(dictionary.length);
  decodeNumbers(memory, dictionary, values, 0, noInvalid());
  copyIndexed(memory, column, values, target, NaN);
}

/** Arrays of numbers as Arrow has them, by format string. */
const NUMBER_ARRAYS = new Map<string, NumberArray>([
  ['g', Float64Array],
  ['f', Float32Array],
  ['c', Int8Array],
  ['C', Uint8Array],
  ['s', Int16Array],
  ['S', Uint16Array],
  ['i', Int32Array],
  ['I', Uint32Array],
]);

interface NumberArray {
  readonly BYTES_PER_ELEMENT: number;
  new (memory: ArrayBuffer, start: number, length: number): ArrayLike<number>;
}

/** The values of a primitive array, by Arrow format string. */
function copyPrimitive(memory: ArrayBuffer, column: ArrowColumn, target: Float64Array): void {
  const { offset, length } = column;
  const address = column.buffers[0] ?? 0;
  const Numbers = NUMBER_ARRAYS.get(column.format);
  if (Numbers) return target.set(new Numbers(memory, address + offset * Numbers.BYTES_PER_ELEMENT, length));
  switch (column.format) {
    case 'l':
    case 'L': {
      const low = new Uint32Array(memory, address + offset * 8, length * 2);
      const high = column.format === 'l' ? new Int32Array(memory, address + offset * 8, length * 2) : low;
      for (let i = 0; i < length; i++) target[i] = high[2 * i + 1]! * 2 ** 32 + low[2 * i]!;
      return;
    }
    case 'b': {
      const bits = new Uint8Array(memory);
      for (let i = 0, bit = offset; i < length; i++, bit++)
        target[i] = (bits[address + (bit >> 3)]! >> (bit & 7)) & 1;
      return;
    }
    case 'e':
      return halfNumbers(new Uint16Array(memory, address + offset * 2, length), target);
    default:
      if (column.format.startsWith('d:')) return decimalNumbers(memory, column, target);
      throw new UnexpectedTypeError(
        `column ${column.name} decodes to Arrow type ${column.format}, expected a number`,
      );
  }
}

function note(invalid: InvalidCounts, row: number): void {
  if (invalid.firstRows.length < FIRST_ROWS) invalid.firstRows.push(row);
}
