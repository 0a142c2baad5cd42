// Reading feature tables: this project, DuckDB and hyparquet, each in a fresh process, in turns.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printTable } from './lib/print-table.mjs';
import { inTurns, median, timeProcess } from './lib/turns.mjs';
import { generateTable } from './table/generate.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const ROWS = 5_000_000;
const COLUMNS = 30;

export async function run({ rounds }) {
  await compare('open9', here('../datasets/open9/open9_features.parquet'), 'keys', rounds);
  const folder = mkdtempSync(join(tmpdir(), 'vqforge-bench-'));
  try {
    const path = join(folder, 'large.parquet');
    await generateTable({ path, rows: ROWS, columns: COLUMNS });
    const title = `${ROWS.toLocaleString('en')} rows, ${COLUMNS} columns, ${megabytes(statSync(path).size)} MB snappy`;
    await compare(`${title}: source, teacher, 6 features`, path, 'no-keys', rounds);
    await compare(`${title}: and the key check over dis_basename, frame_index`, path, 'keys', rounds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compare(title, path, keys, rounds) {
  const side =
    (script, ...args) =>
    async () => {
      const { seconds: process, stdout } = await timeProcess('node', [
        here(`table/${script}.mjs`),
        path,
        keys,
        ...args,
      ]);
      return { process, ...JSON.parse(stdout) };
    };
  const results = await inTurns(
    {
      vqforge: side('ours'),
      'DuckDB, its own table': side('duckdb', 'table'),
      'DuckDB, typed arrays': side('duckdb', 'arrays'),
      hyparquet: side('hyparquet'),
    },
    rounds,
  );
  const seconds = (name) => median(results[name].map((result) => result.seconds));
  const duckdb = seconds('DuckDB, its own table') < seconds('DuckDB, typed arrays') ? 'table' : 'arrays';
  const rival = results[duckdb === 'table' ? 'DuckDB, its own table' : 'DuckDB, typed arrays'];
  console.log(title);
  printTable(
    ['', 'load', 'process', 'of the faster DuckDB', 'peak', 'above what is kept'],
    Object.entries(results).map(([name, runs]) => {
      const { peak, kept } = runs[0];
      return [
        name,
        `${seconds(name).toFixed(2)} s`,
        `${median(runs.map((result) => result.process)).toFixed(2)} s`,
        `${median(runs.map((result, i) => result.seconds / rival[i].seconds)).toFixed(2)} ×`,
        `${megabytes(peak)} MB`,
        kept === 0 ? '' : `${megabytes(peak - kept)} MB`,
      ];
    }),
  );
}

const megabytes = (bytes) => Math.round(bytes / 1e6);
