import type { ArrowColumn } from './arrow-c-data.ts';
import { textNumber } from './text-number.ts';

/** A column as the decoders of values take it, and the memory that its addresses refer to. */
export interface ColumnInMemory {
  readonly memory: ArrayBuffer;
  readonly column: ArrowColumn;
}

/**
 * Text as a column, so that CSV files and names of folders go through the same checks as parquet: as float64, or as UTF-8.
 *
 * @param texts [N]; null is a value that is not there
 * @throws RangeError on text that is no number where one is asked for
 * @example textColumn('vmaf', ['1.5', null], 'number').column.length // => 2
 */
export function textColumn(
  name: string,
  texts: readonly (string | null)[],
  kind: 'number' | 'name',
): ColumnInMemory {
  const layout = new Layout(texts);
  return kind === 'number' ? layout.numbers(name) : layout.names(name);
}

/** The same text in all rows: a dictionary of one value. */
export function constantColumn(
  name: string,
  text: string | null,
  rows: number,
  kind: 'number' | 'name',
): ColumnInMemory {
  const { memory, column: dictionary } = textColumn(name, [text], kind);
  const grown = new ArrayBuffer(memory.byteLength + rows);
  new Uint8Array(grown).set(new Uint8Array(memory));
  const buffers = [memory.byteLength];
  const column = { name, format: 'c', length: rows, offset: 0, validity: 0, buffers, dictionary };
  return { memory: grown, column };
}

/** Lays out values, validity and bytes of a column in one buffer. Address 0 means none, so 8 bytes are left free. */
class Layout {
  readonly #texts: readonly (string | null)[];

  constructor(texts: readonly (string | null)[]) {
    this.#texts = texts;
  }

  numbers(name: string): ColumnInMemory {
    const { length } = this.#texts;
    const validity = 8 + length * 8;
    const memory = new ArrayBuffer(validity + bitmapBytes(length));
    const values = new Float64Array(memory, 8, length);
    this.#texts.forEach((text, row) => {
      if (text === null) return;
      const value = textNumber(text);
      if (value === undefined)
        throw new RangeError(`column ${name} has "${text.slice(0, 60)}", expected a number`);
      values[row] = value;
    });
    return { memory, column: this.#column(name, 'g', memory, validity, [8]) };
  }

  names(name: string): ColumnInMemory {
    const { length } = this.#texts;
    const encoded = this.#texts.map((text) => (text === null ? NO_BYTES : Buffer.from(text)));
    const bytes = encoded.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const validity = 8 + (length + 1) * 4;
    const start = validity + bitmapBytes(length);
    const memory = new ArrayBuffer(start + bytes);
    const offsets = new Uint32Array(memory, 8, length + 1);
    const all = new Uint8Array(memory);
    encoded.forEach((text, row) => {
      all.set(text, start + offsets[row]!);
      offsets[row + 1] = offsets[row]! + text.length;
    });
    return { memory, column: this.#column(name, 'u', memory, validity, [8, start]) };
  }

  #column(
    name: string,
    format: string,
    memory: ArrayBuffer,
    validity: number,
    buffers: readonly number[],
  ): ArrowColumn {
    const bits = new Uint8Array(memory, validity, bitmapBytes(this.#texts.length));
    this.#texts.forEach((text, row) => {
      if (text !== null) bits[row >> 3]! |= 1 << (row & 7);
    });
    const isWhole = !this.#texts.includes(null);
    return { name, format, length: this.#texts.length, offset: 0, validity: isWhole ? 0 : validity, buffers };
  }
}

const NO_BYTES = Buffer.alloc(0);

function bitmapBytes(rows: number): number {
  return Math.ceil(rows / 8);
}
