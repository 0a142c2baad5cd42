// The same columns with hyparquet in a fresh process: node hyparquet.mjs <file> <keys|no-keys>
import { COLUMNS } from './columns.mjs';
import { printResult } from './print-result.mjs';

const [path, keys] = process.argv.slice(2);
const { asyncBufferFromFile, parquetMetadataAsync, parquetRead } = await import('hyparquet');
const { compressors } = await import('hyparquet-compressors');
const file = await asyncBufferFromFile(path);
const metadata = await parquetMetadataAsync(file);
const columns = COLUMNS[keys];
const chunks = [];
await parquetRead({
  file,
  metadata,
  columns,
  compressors,
  onChunk: ({ columnData }) => chunks.push(columnData),
});
printResult(
  Number(metadata.num_rows),
  chunks.filter((data) => ArrayBuffer.isView(data)),
);
