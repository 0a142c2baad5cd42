import { ColumnSink } from './column-sink.ts';
import { NameCodes } from './name-codes.ts';
import { decodeRowGroups } from './parquet-file.ts';
import type { DecodeResult, DecodeTask, SharedColumn } from './decoder-messages.ts';

/** Decodes parts of tables into shared columns, whatever the format of their file. */
export class ContentDecoder {
  readonly #names = new Map<string, NameCodes>();

  /**
   * @param outputs the needed columns, as long as the whole table
   * @param onRows  called after every batch with the number of rows it held
   * @throws RangeError, UnexpectedTypeError and what the decoder and the file system throw
   */
  async decode(
    { path, content, inputs, firstRow, rows }: DecodeTask,
    outputs: readonly SharedColumn[],
    onRows: (rows: number) => void,
  ): Promise<Omit<DecodeResult, 'thread'>> {
    const names = outputs.map(({ name }) => this.#namesOf(name));
    const sink = new ColumnSink(outputs, names, { firstRow, rows }, onRows);
    if (content.format === 'parquet') await decodeRowGroups(path, content, inputs, sink);
    else {
      const { decodeCsv } = await import('./csv-file.ts'); // its parser is loaded where it is needed
      decodeCsv(path, content.delimiter, inputs, sink);
    }
    return sink.finish();
  }

  #namesOf(column: string): NameCodes {
    let names = this.#names.get(column);
    if (names === undefined) this.#names.set(column, (names = new NameCodes()));
    return names;
  }
}
