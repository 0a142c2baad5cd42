// A synthetic feature table: node bench/table/generate.mjs <out.parquet> [rows=5000000] [columns=30] [row-group rows=100000]
//
// Four key and label columns, the teacher and float64 features up to `columns`; snappy. Rows come as an extractor writes
// them: by source and pair, with pairs in an order that is not that of their names. Values are seeded and rounded to six
// decimals and float32 like libvmaf's, so that they compress no better than real ones.
import { pathToFileURL } from 'node:url';
import { writeFeatureTable } from '../../packages/table/dist/table-file.js';

const FRAMES_PER_PAIR = 150; // as in open9
const SOURCES = 40;
const HEIGHTS = [270, 360, 480, 540];
const NAMED = ['vmaf', 'adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2'];
const RANGE = { vmaf: 100, motion2: 20 }; // others end at 1

export async function generateTable({ path, rows, columns = 30, rowGroupRows = 100_000 }) {
  const features = Array.from({ length: columns - 4 }, (_, i) => NAMED[i] ?? `extra${i}`);
  const random = xorshift32(1);
  const pairs = Math.ceil(rows / FRAMES_PER_PAIR);
  function* batches() {
    for (let start = 0; start < rows; start += rowGroupRows) {
      const count = Math.min(rowGroupRows, rows - start);
      yield batch(start, count, pairs, features, random);
    }
  }
  await writeFeatureTable({ path, batches: batches(), codec: 'SNAPPY', rowGroupRows });
}

function batch(start, count, pairs, features, random) {
  const pairOf = (i) => Math.floor((start + i) / FRAMES_PER_PAIR);
  const sourceOf = (pair) => `Source${String(Math.floor((pair * SOURCES) / pairs)).padStart(2, '0')}`;
  const names = (of) => Array.from({ length: count }, (_, i) => of(pairOf(i)));
  return [
    { name: 'source', type: 'string', values: names(sourceOf) },
    {
      name: 'dis_basename',
      type: 'string',
      values: names((pair) => `${sourceOf(pair)}_${pair % 97}_${HEIGHTS[pair % 4]}_${pair * 7}.y4m`),
    },
    {
      name: 'frame_index',
      type: 'int64',
      values: BigInt64Array.from({ length: count }, (_, i) => BigInt((start + i) % FRAMES_PER_PAIR)),
    },
    { name: 'codec', type: 'string', values: names((pair) => ['x264', 'x265', 'vp9'][pair % 3]) },
    ...features.map((name) => ({ name, type: 'float64', values: measures(count, RANGE[name] ?? 1, random) })),
  ];
}

function measures(count, range, random) {
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = Math.fround(Math.round(random() * range * 1e6) / 1e6);
  return values;
}

/** Marsaglia's xorshift32, in [0, 1): the values only have to be the same every time. */
function xorshift32(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [path, rows = '5000000', columns = '30', rowGroupRows = '100000'] = process.argv.slice(2);
  await generateTable({
    path,
    rows: Number(rows),
    columns: Number(columns),
    rowGroupRows: Number(rowGroupRows),
  });
}
