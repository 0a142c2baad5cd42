import { writeFile } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';

/** In the model's order; the .npy holds [source index in name order, teacher score, these], float64. */
const CANONICAL6 = ['adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2'];

/**
 * Writes the trained columns of a feature table as NumPy's own format: Debian's Python has no parquet reader, and
 * np.load costs the peer nothing. Read with DuckDB, so that the two sides share no code of ours.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html version 1.0
 */
export async function writeTrainedColumns(parquetPath, npyPath) {
  const connection = await (await DuckDBInstance.create()).connect();
  const result = await connection.runAndReadAll(
    `SELECT (dense_rank() OVER (ORDER BY source) - 1)::DOUBLE, ${['vmaf', ...CANONICAL6].join('::DOUBLE, ')}::DOUBLE
     FROM read_parquet($1) ORDER BY source, dis_basename, frame_index`,
    [parquetPath],
  );
  const columns = result.getColumnsJS();
  const rows = columns[0].length;
  const values = Float64Array.from({ length: rows * columns.length }, (_, i) => {
    const row = Math.floor(i / columns.length);
    return columns[i % columns.length][row];
  });
  await writeFile(npyPath, Buffer.concat([npyHeader(rows, columns.length), Buffer.from(values.buffer)]));
  connection.closeSync();
}

function npyHeader(rows, columns) {
  const description = `{'descr': '<f8', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const preamble = 10; // magic \x93NUMPY, version 1.0, uint16 length
  const length = Math.ceil((preamble + description.length + 1) / 64) * 64 - preamble; // data starts at a multiple of 64
  const header = Buffer.alloc(preamble + length, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(description, preamble);
  header.write('\n', header.length - 1);
  return header;
}
