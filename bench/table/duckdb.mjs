// The same columns with DuckDB in a fresh process: node duckdb.mjs <file> <keys|no-keys> <table|arrays>
//
// `table`: into a table of its own, all in C++. `arrays`: numbers into typed arrays; strings stay in DuckDB's vectors,
// which favours it, since making JavaScript strings of them would take seconds.
import { COLUMNS } from './columns.mjs';
import { printResult } from './print-result.mjs';

const [path, keys, target] = process.argv.slice(2);
const { DuckDBInstance } = await import('@duckdb/node-api');
const names = COLUMNS[keys];
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const query = `SELECT ${names.join(', ')} FROM read_parquet('${path.replaceAll("'", "''")}')`;
if (target === 'table') {
  await connection.run(`CREATE TABLE loaded AS ${query}`);
  const counted = await connection.runAndReadAll('SELECT count(*)::INTEGER FROM loaded');
  printResult(counted.getRows()[0][0], []);
} else {
  const result = await connection.stream(query);
  const arrays = [];
  const vectors = [];
  let rows = 0;
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    rows += chunk.rowCount;
    names.forEach((_, i) => {
      const vector = chunk.getColumnVector(i);
      if (ArrayBuffer.isView(vector.items)) arrays.push(vector.items.slice());
      else vectors.push(vector);
    });
  }
  printResult(rows, arrays);
}
