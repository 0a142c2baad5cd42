import { closeSync, openSync, readSync } from 'node:fs';
import { ParquetFile, wasmMemory, type RecordBatch } from 'parquet-wasm';
import { recordBatchColumns, type ArrowColumn } from './arrow-c-data.ts';
import type { ColumnSink } from './column-sink.ts';
import { constantColumn } from './text-columns.ts';
import { rowGroupFile, type RowGroupRun } from './row-group-file.ts';
import type { ColumnInput } from './decoder-messages.ts';

/**
 * Decodes row groups with parquet-wasm, in a worker thread: on damaged files the decoder may panic
 * asynchronously, which no try/catch sees, or loop.
 *
 * @param inputs per column of the sink
 * @throws RangeError on damage that the pages show; what the decoder throws
 */
export async function decodeRowGroups(
  path: string,
  run: RowGroupRun,
  inputs: readonly ColumnInput[],
  sink: ColumnSink,
): Promise<void> {
  const descriptor = openSync(path, 'r');
  let file: ParquetFile | undefined;
  try {
    const read = (start: number, length: number): ArrayBuffer => readExactly(descriptor, start, length);
    const { blob, batchRows } = rowGroupFile(run, read);
    file = await ParquetFile.fromFile(blob);
    const stream = await file.stream({ batchSize: batchRows });
    for await (const batch of stream as unknown as AsyncIterable<RecordBatch>)
      decodeBatch(batch, run, inputs, sink);
  } finally {
    file?.free();
    closeSync(descriptor);
  }
}

function readExactly(descriptor: number, start: number, length: number): ArrayBuffer {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const read = readSync(descriptor, bytes, done, length - done, start + done);
    if (read === 0) throw new RangeError(`the file ends at byte ${start + done}`);
    done += read;
  }
  return bytes.buffer;
}

function decodeBatch(
  batch: RecordBatch,
  { columns }: RowGroupRun,
  inputs: readonly ColumnInput[],
  sink: ColumnSink,
): void {
  const rows = batch.numRows;
  const ffi = batch.intoFFI();
  try {
    const memory = wasmMemory().buffer as ArrayBuffer;
    const decoded = recordBatchColumns(memory, ffi.arrayAddr(), ffi.schemaAddr());
    sink.add(rows, (output) => {
      const input = inputs[output]!;
      if ('constant' in input) return constantColumn('', input.constant, rows, sink.kindOf(output));
      return { memory, column: columnAt(decoded, input.column, columns[input.column]!.name, rows) };
    });
  } finally {
    ffi.free();
  }
}

/** The decoder is given these columns in this order, and nothing else. */
function columnAt(decoded: readonly ArrowColumn[], index: number, name: string, rows: number): ArrowColumn {
  const column = decoded[index];
  if (column?.name !== name) throw new Error(`column ${name} is missing from the decoded data`);
  if (column.length !== rows)
    throw new Error(`column ${name} has ${column.length} values in a batch of ${rows} rows`);
  return column;
}
