import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FrRegressor } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';
import { loadProbeTable } from '@vqforge/table';

const VQFORGE = fileURLToPath(new URL('../../packages/cli/bin/vqforge.js', import.meta.url));
/** Another seed than that of the probes the model was trained on. */
const SEED = 12345;
/** Rows of each part; of four probes one is of the core. */
const ROWS = 100_000;

/**
 * The published model beside its teacher on fresh probes, both clipped.
 *
 * @returns undefined where the teacher is not pulled
 */
export async function scoreProbes(path) {
  const teacher = process.env.VQFORGE_BENCH_TEACHER ?? 'vmaf_v0.6.1';
  const flags = ['--teacher', teacher, '--rows', String(4 * ROWS), '--seed', String(SEED), '--out', path];
  try {
    await promisify(execFile)(process.execPath, [VQFORGE, 'features', 'probe', ...flags]);
  } catch (error) {
    console.log(`probes skipped: ${error.stderr.trim()}`);
    return undefined;
  }
  const model = await openModel({ registry: 'model/tiny', model: 'fr_regressor_v1' });
  const regressor = FrRegressor.of(model);
  const { featureOrder } = regressor;
  const table = await loadProbeTable({ paths: [path], features: featureOrder, teacherColumn: 'vmaf' });
  const width = featureOrder.length;
  const features = new Float64Array(table.rows * width);
  featureOrder.forEach((name, column) => {
    table.columns.get(name).forEach((value, row) => (features[row * width + column] = value));
  });
  const { scores } = await regressor.score(features);
  await model.close();
  const errors = table.columns.get('vmaf').map((value, row) => Math.abs(scores[row] - value));
  const part = (name, isIn) => summary(name, errors.filter((_, row) => isIn(row)).subarray(0, ROWS));
  return {
    features,
    parts: [part('core', (row) => row % 4 === 0), part('outer box', (row) => row % 4 !== 0)],
  };
}

function summary(name, errors) {
  const sorted = errors.toSorted();
  const at = (share) => sorted[Math.ceil(share * sorted.length) - 1];
  const squares = errors.reduce((sum, error) => sum + error * error, 0);
  return {
    name,
    count: errors.length,
    rmse: Math.sqrt(squares / errors.length),
    most: at(0.999),
    largest: at(1),
  };
}
