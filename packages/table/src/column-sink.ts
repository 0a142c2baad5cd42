import { decodeFrames, decodeNames, decodeNumbers, noInvalid, type InvalidCounts } from './column-decoder.ts';
import type { NameCodes } from './name-codes.ts';
import type { ColumnInMemory } from './text-columns.ts';
import type { DecodeResult, SharedColumn } from './decoder-messages.ts';

/** Where decoded batches go: the shared columns, from one row on. */
export class ColumnSink {
  readonly #outputs: readonly SharedColumn[];
  readonly #names: readonly NameCodes[];
  readonly #known: readonly number[];
  readonly #invalid: readonly InvalidCounts[];
  readonly #place: { readonly firstRow: number; readonly rows: number };
  readonly #onRows: (rows: number) => void;
  #done = 0;

  /**
   * @param outputs the needed columns, as long as the whole table
   * @param names   per output; kept between tasks, so a name is sent once
   * @param place   which rows of the table are expected
   * @param onRows  called after every batch with the number of rows it held
   */
  constructor(
    outputs: readonly SharedColumn[],
    names: readonly NameCodes[],
    place: { readonly firstRow: number; readonly rows: number },
    onRows: (rows: number) => void,
  ) {
    this.#outputs = outputs;
    this.#names = names;
    this.#known = names.map((codes) => codes.names.length);
    this.#invalid = outputs.map(noInvalid);
    this.#place = place;
    this.#onRows = onRows;
  }

  /** Whether the values of an output are read as numbers or as names. */
  kindOf(output: number): 'number' | 'name' {
    return this.#outputs[output]!.kind === 'name' ? 'name' : 'number';
  }

  /**
   * Adds a batch of rows.
   *
   * @param columnOf the values of an output
   * @throws Error when there are more rows than promised; UnexpectedTypeError, RangeError about a column
   */
  add(rows: number, columnOf: (output: number) => ColumnInMemory): void {
    const { firstRow, rows: promised } = this.#place;
    if (this.#done + rows > promised)
      throw new Error(`there are more than the ${promised} rows that are promised`);
    const at = firstRow + this.#done;
    this.#outputs.forEach((output, i) => {
      const { memory, column } = columnOf(i);
      const invalid = this.#invalid[i]!;
      if (output.kind === 'number') decodeNumbers(memory, column, output.values, at, invalid);
      else if (output.kind === 'frame') decodeFrames(memory, column, output.values, at, invalid);
      else this.#addNames(output.values, i, { memory, column }, at);
    });
    this.#done += rows;
    if (rows > 0) this.#onRows(rows);
  }

  /** @throws Error when rows are missing */
  finish(): Omit<DecodeResult, 'thread'> {
    const { rows } = this.#place;
    if (this.#done !== rows) throw new Error(`there are ${this.#done} rows, ${rows} are promised`);
    return {
      invalid: this.#invalid,
      newNames: this.#names.map(({ names }, i) => names.slice(this.#known[i])),
    };
  }

  #addNames(codes: Uint32Array, i: number, { memory, column }: ColumnInMemory, at: number): void {
    try {
      decodeNames(memory, column, this.#names[i]!, codes, at, this.#invalid[i]!);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new RangeError(`column ${this.#outputs[i]!.name}: ${cause.message}`, { cause });
    }
  }
}
