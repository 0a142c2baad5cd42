import { ParquetFile, wasmMemory, type RecordBatch } from 'parquet-wasm';
import { recordBatchColumns } from './arrow-c-data.ts';
import { decodeFrames, decodeNames, decodeNumbers, noInvalid, type InvalidCounts } from './column-decoder.ts';
import { FileBlob } from './file-blob.ts';
import { NameCodes } from './name-codes.ts';
import type { DecodeResult, DecodeTask, SharedColumn } from './decoder-messages.ts';

// Rows decoded at a time: 64 k rows of ten float64 columns are 5 MB, whatever the size of a row group
const BATCH_ROWS = 65_536;

/**
 * Decodes row groups with parquet-wasm, in a worker thread: on damaged files the decoder may panic
 * asynchronously, which no try/catch sees, or loop.
 */
export class RowGroupDecoder {
  readonly #names = new Map<string, NameCodes>(); // kept between row groups, so a name is sent once
  #open: { path: string; blob: FileBlob; file: ParquetFile } | undefined;

  /**
   * @param outputs the needed columns, as long as the whole table
   * @param onRows  called after every batch with the number of rows it held
   */
  async decode(
    task: DecodeTask,
    outputs: readonly SharedColumn[],
    onRows: (rows: number) => void,
  ): Promise<Omit<DecodeResult, 'thread'>> {
    const file = await this.#file(task.path);
    const rowGroups = file.metadata().numRowGroups();
    if (task.rowGroup >= rowGroups)
      throw new Error(`it has ${rowGroups} row groups, expected more than ${task.rowGroup}`);
    const invalid = outputs.map(noInvalid);
    const known = outputs.map(({ name }) => this.#names.get(name)?.names.length ?? 0);
    const columns = outputs.map(({ name }) => name);
    const stream = await file.stream({ rowGroups: [task.rowGroup], columns, batchSize: BATCH_ROWS });
    let done = 0;
    for await (const batch of stream as unknown as AsyncIterable<RecordBatch>) {
      const rows = batch.numRows;
      if (done + rows > task.rows)
        throw new Error(`row group ${task.rowGroup} holds more than the ${task.rows} rows it promises`);
      this.#decodeBatch(batch, rows, outputs, task.firstRow + done, invalid);
      done += rows;
      onRows(rows);
    }
    if (done !== task.rows)
      throw new Error(`row group ${task.rowGroup} holds ${done} rows and promises ${task.rows}`);
    return {
      invalid,
      newNames: outputs.map(({ name }, i) => this.#names.get(name)?.names.slice(known[i]) ?? []),
    };
  }

  async #file(path: string): Promise<ParquetFile> {
    if (this.#open?.path !== path) {
      this.#open?.file.free();
      this.#open?.blob.close();
      const blob = FileBlob.open(path);
      this.#open = { path, blob, file: await ParquetFile.fromFile(blob) };
    }
    return this.#open.file;
  }

  #decodeBatch(
    batch: RecordBatch,
    rows: number,
    outputs: readonly SharedColumn[],
    at: number,
    invalid: InvalidCounts[],
  ): void {
    const ffi = batch.intoFFI();
    try {
      const memory = wasmMemory().buffer as ArrayBuffer;
      const columns = recordBatchColumns(memory, ffi.arrayAddr(), ffi.schemaAddr());
      outputs.forEach((output, i) => {
        const column = columns.find(({ name }) => name === output.name); // the decoder leaves out what it does not know
        if (column === undefined) throw new Error(`column ${output.name} is missing from the decoded data`);
        if (column.length !== rows)
          throw new Error(`column ${output.name} has ${column.length} values in a batch of ${rows} rows`);
        if (output.kind === 'number') decodeNumbers(memory, column, output.values, at, invalid[i]!);
        else if (output.kind === 'frame') decodeFrames(memory, column, output.values, at, invalid[i]!);
        else decodeNames(memory, column, this.#namesOf(output.name), output.values, at, invalid[i]!);
      });
    } finally {
      ffi.free();
    }
  }

  #namesOf(column: string): NameCodes {
    let names = this.#names.get(column);
    if (names === undefined) this.#names.set(column, (names = new NameCodes()));
    return names;
  }
}
