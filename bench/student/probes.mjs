import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { drawProbes } from '@vqforge/features';
import { FrRegressor } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';
import { loadProbeTable } from '@vqforge/table';

const VQFORGE = fileURLToPath(new URL('../../packages/cli/bin/vqforge.js', import.meta.url));
/** Another seed than that of the probes the model was trained on. */
const SEED = 12345;
/** Rows of the parts `core` and `independent`; `outer` has three times as many. */
const ROWS = 100_000;

/** The published model beside its teacher on fresh probes, both clipped: absolute errors in VMAF points, and the features. */
export async function scoreProbes(teacher, path) {
  const flags = ['--teacher', teacher, '--rows', String(5 * ROWS), '--seed', String(SEED), '--out', path];
  await promisify(execFile)(process.execPath, [VQFORGE, 'features', 'probe', ...flags]);
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
  const { parts } = drawProbes({ rows: 5 * ROWS, seed: SEED });
  const part = (name) => errors.filter((_, row) => parts[row] === name);
  return { features, core: part('core'), outer: part('outer'), independent: part('independent') };
}
