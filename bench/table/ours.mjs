// One load in a fresh process: node ours.mjs <file> <keys|no-keys>; prints what print-result.mjs says.
import { printResult } from './print-result.mjs';

const [path, keys] = process.argv.slice(2);
const { loadFeatureTable } = await import('../../packages/table/dist/index.js');
const table = await loadFeatureTable({ paths: [path], features: 'canonical6', checkKeys: keys === 'keys' });
const codes = [table.source.codes, table.disBasename?.codes, table.frameIndex].filter(
  (array) => array !== undefined,
);
printResult(table.rows, [...table.columns.values(), ...codes]);
