// The same rows in other parquet files: what a reader must not depend on.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Float64, makeVector, Table, tableFromIPC, tableToIPC, vectorFromArray } from 'apache-arrow';
import {
  Compression,
  readParquet,
  Table as WasmTable,
  writeParquet,
  WriterPropertiesBuilder,
} from 'parquet-wasm';

/** Writes the variants of `table` below `folder`. @returns {Promise<{label: string, path: string}[]>} */
export async function tableVariants(table, folder) {
  mkdirSync(folder, { recursive: true });
  const original = tableFromIPC(readParquet(readFileSync(table)).intoIPCStream());
  const rows = Array.from({ length: original.numRows }, (_, row) => row);
  const names = original.schema.fields.map(({ name }) => name);
  const save = (name, content, options) => {
    const path = join(folder, `${name}.parquet`);
    writeFileSync(path, encode(content, options));
    return path;
  };

  const parts = join(folder, 'parts');
  mkdirSync(parts);
  for (const [part, from] of [0, 3000, 7777].entries()) {
    const to = [3000, 7777, rows.length][part];
    writeFileSync(join(parts, `${2 - part}.parquet`), encode(take(original, names, rows.slice(from, to))));
  }
  const extra = new Table({
    ...columnsOf(original, names, rows),
    noise: makeVector({ type: new Float64(), data: Float64Array.from(rows, (row) => row / 7) }),
  });
  return [
    ...['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'LZ4_RAW', 'ZSTD'].map((codec) => ({
      label: `codec ${codec}`,
      path: save(codec, original, { codec }),
    })),
    { label: 'row groups of 997', path: save('row-groups', original, { rowGroup: 997 }) },
    {
      label: 'rows reversed',
      path: save('reversed', take(original, names, rows.toReversed?.() ?? [...rows].reverse())),
    },
    // 7919 is prime to the number of rows: a fixed permutation
    {
      label: 'rows shuffled',
      path: save(
        'shuffled',
        take(
          original,
          names,
          rows.map((row) => (row * 7919) % rows.length),
        ),
      ),
    },
    { label: 'columns reversed', path: save('columns', take(original, [...names].reverse(), rows)) },
    { label: 'an extra column', path: save('extra', extra) },
    { label: 'three files in a folder', path: parts },
  ];
}

function take(table, names, rows) {
  return new Table(columnsOf(table, names, rows));
}

function columnsOf(table, names, rows) {
  return Object.fromEntries(
    names.map((name) => {
      const column = table.getChild(name);
      const values = rows.map((row) => column.get(row));
      return [name, vectorFromArray(values, column.type)];
    }),
  );
}

function encode(table, { codec = 'SNAPPY', rowGroup = 4096 } = {}) {
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression[codec])
    .setMaxRowGroupSize(rowGroup)
    .setCreatedBy('vqforge')
    .build();
  return writeParquet(WasmTable.fromIPCStream(tableToIPC(table, 'stream')), properties);
}
