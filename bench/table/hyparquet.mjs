// The same columns with hyparquet in a fresh process: node hyparquet.mjs <file> <keys|no-keys>
import { printResult } from './print-result.mjs';

const [path, keys] = process.argv.slice(2);
const { asyncBufferFromFile, parquetMetadataAsync, parquetRead } = await import('hyparquet');
const { compressors } = await import('hyparquet-compressors');
const file = await asyncBufferFromFile(path);
const metadata = await parquetMetadataAsync(file);
const columns = [
  'source',
  ...(keys === 'keys' ? ['dis_basename', 'frame_index'] : []),
  ...['vmaf', 'adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2'],
];
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
