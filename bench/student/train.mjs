import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const VQFORGE = fileURLToPath(new URL('../../packages/cli/bin/vqforge.js', import.meta.url));

/** The product's own training on a table: agreement with the teacher on what each fold left out, scores as served. */
export async function trainHeldOut(parquet, seed, folder) {
  const flags = ['--parquet', parquet, '--seed', String(seed), '--no-export', '--json'];
  const args = ['train', ...flags, '--metrics-out', join(folder, 'metrics.json')];
  const { stdout } = await promisify(execFile)(process.execPath, [VQFORGE, ...args], { maxBuffer: 2 ** 24 });
  const { loso, augmentation } = JSON.parse(stdout).metrics;
  if (augmentation === undefined) throw new Error(`${parquet}: the teacher probes did not join training`);
  const folds = Object.values(loso.per_fold);
  return {
    plcc: loso.summary.mean_plcc,
    rmse: loso.summary.mean_rmse,
    worst: Math.max(...folds.map(({ rmse }) => rmse)),
  };
}
