// The recipe `reference`, whole process against whole process: this trainer beside the PyTorch script in peers/.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeTrainedColumns } from './lib/npy.mjs';
import { printTable } from './lib/print-table.mjs';
import { findPython } from './lib/python.mjs';
import { inTurns, median, speedup, timeProcess } from './lib/turns.mjs';

const TABLE = fileURLToPath(new URL('../datasets/open9/open9_features.parquet', import.meta.url));
const VQFORGE = fileURLToPath(new URL('../packages/cli/bin/vqforge.js', import.meta.url));
const PEER = fileURLToPath(new URL('peers/train_reference.py', import.meta.url));
const PEERS = { dataloader: 'PyTorch, DataLoader', tensor: 'PyTorch, plain loop' };

export async function run({ rounds }) {
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-bench-'));
  try {
    const results = await inTurns({ ...(await peerSides(folder)), ...ourSides(folder) }, rounds);
    printResults(results);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function peerSides(folder) {
  const python = findPython();
  if (python === null) {
    console.log('PyTorch skipped: no python3 with torch and numpy (Debian: python3-torch python3-numpy)');
    return {};
  }
  const table = join(folder, 'table.npy');
  await writeTrainedColumns(TABLE, table);
  const side = async (loader) => {
    const { seconds, stdout } = await timeProcess(python, [PEER, table, '--loader', loader]);
    return { ...JSON.parse(stdout), seconds };
  };
  return Object.fromEntries(Object.entries(PEERS).map(([loader, name]) => [name, () => side(loader)]));
}

function ourSides(folder) {
  const side = async (engine, workers) => {
    const metrics = join(folder, 'metrics.json');
    const what = [
      'train',
      '--recipe',
      'reference',
      '--parquet',
      TABLE,
      '--no-export',
      '--quiet',
      '--metrics-out',
      metrics,
    ];
    const { seconds } = await timeProcess(process.execPath, [
      VQFORGE,
      ...what,
      '--engine',
      engine,
      '--workers',
      workers,
    ]);
    const {
      mean_plcc: plcc,
      mean_srocc: srocc,
      mean_rmse: rmse,
    } = JSON.parse(await readFile(metrics, 'utf8')).loso.summary;
    return { seconds, plcc, srocc, rmse };
  };
  const engines = ['native', 'wasm'].flatMap((engine) => ['1', '2'].map((workers) => [engine, workers]));
  return Object.fromEntries(
    engines.map(([engine, workers]) => [
      `vqforge, ${engine}, ${workers} workers`,
      () => side(engine, workers),
    ]),
  );
}

function printResults(results) {
  console.log("whole processes; × is how many times longer the peer took (median of the rounds' own ratios)");
  const seconds = (name) => results[name].map((round) => round.seconds);
  const peers = Object.values(PEERS).filter((name) => name in results);
  printTable(
    [
      'reference recipe, 9 folds + fit',
      'seconds',
      ...peers.map((name) => `× ${name}`),
      'PLCC',
      'SROCC',
      'RMSE',
    ],
    Object.entries(results).map(([name, [{ plcc, srocc, rmse }]]) => [
      name,
      median(seconds(name)).toFixed(2),
      ...peers.map((peer) => speedup(seconds(peer), seconds(name)).toFixed(2)),
      plcc.toFixed(4),
      srocc.toFixed(4),
      rmse.toFixed(3),
    ]),
  );
}
