// Leave-one-source-out on open9 for seeds 0 to 4 of both recipes: how much of a result is luck.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { printTable } from './lib/print-table.mjs';

const VQFORGE = fileURLToPath(new URL('../packages/cli/bin/vqforge.js', import.meta.url));

export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-bench-'));
  try {
    const rows = [];
    for (const recipe of ['standard', 'reference']) {
      for (const seed of [0, 1, 2, 3, 4])
        rows.push([`${recipe}, seed ${seed}`, ...(await summary(recipe, seed, folder))]);
    }
    printTable(['wasm engine', 'mean PLCC', 'mean SROCC', 'mean RMSE', 'worst fold'], rows);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function summary(recipe, seed, folder) {
  const args = [
    'train',
    '--recipe',
    recipe,
    '--seed',
    String(seed),
    '--no-export',
    '--json',
    '--metrics-out',
    join(folder, 'metrics.json'),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [VQFORGE, ...args], { maxBuffer: 2 ** 24 });
  const { summary: means, per_fold: folds } = JSON.parse(stdout).metrics.loso;
  const worst = Math.max(...Object.values(folds).map(({ rmse }) => rmse));
  return [
    means.mean_plcc.toFixed(6),
    means.mean_srocc.toFixed(5),
    means.mean_rmse.toFixed(3),
    worst.toFixed(3),
  ];
}
