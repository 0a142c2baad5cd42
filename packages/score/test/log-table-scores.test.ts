import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RegressorSidecar } from '@vqforge/artifact';
import { FrRegressor } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';
import { featuresOf, importLogs, pairNames, readVmafLog } from '@vqforge/table';
import { openEngine } from '@vqforge/ort/node';
import { predict, standardise } from '@vqforge/train';
import { expect, test } from 'vitest';
import { temporaryRoot } from '../../../testing/workspace.ts';

/** The regressor is shipped: every clone has it. */
const REGISTRY = fileURLToPath(new URL('../../../model/tiny/', import.meta.url));
const CLIPS = fileURLToPath(new URL('../../../../shared/clips/', import.meta.url));
const hasClips = existsSync(CLIPS);
if (!hasClips) console.warn(`skipped: libvmaf's own logs: none in ${CLIPS}`);

/** What the regressor makes of logs, one after another in canonical order, as `vqforge score` does. */
async function scoresOfLogs(logs: readonly string[]): Promise<number[]> {
  const model = await openModel({ registry: REGISTRY, model: 'fr_regressor_v1', engine: 'wasm' });
  try {
    const regressor = FrRegressor.of(model);
    const scores: number[] = [];
    for (const path of logs) {
      const { raw } = await regressor.score(featuresOf(await readVmafLog(path), regressor.featureOrder));
      scores.push(...raw);
    }
    return scores;
  } finally {
    await model.close();
  }
}

/** What training makes of them: a table, its columns standardised, the model on the reproducible engine. */
async function scoresOfTable(logs: readonly string[], out: string): Promise<number[]> {
  const model = await readFile(join(REGISTRY, 'fr_regressor_v1.onnx'));
  const sidecar = JSON.parse(
    await readFile(join(REGISTRY, 'fr_regressor_v1.json'), 'utf8'),
  ) as RegressorSidecar;
  const { table } = await importLogs({
    logs: logs.map((path) => ({ path, ...pairNames(path) })),
    out,
    features: sidecar.feature_order,
    teacher: 'vmaf',
  });
  const columns = sidecar.feature_order.map((name) => table.columns.get(name)!);
  const statistics = { mean: sidecar.feature_mean, scale: sidecar.feature_std };
  const scores = await predict(
    await openEngine('wasm'),
    model,
    (rows) => standardise(columns, rows, statistics),
    Uint32Array.from({ length: table.rows }, (_, row) => row),
  );
  return [...scores];
}

/** A log in which every feature of every frame has a value of its own. */
function csvLog(start: number): string {
  const metrics = [
    'integer_motion2',
    'integer_adm2',
    'vmaf',
    'vif_scale3',
    'vif_scale2',
    'vif_scale1',
    'integer_vif_scale0',
  ];
  const lines = Array.from({ length: 9 }, (_, row) =>
    [row * 3, ...metrics.map((_, i) => (start + (row * 7 + i) / 64).toFixed(6)), ''].join(','),
  );
  return `${['Frame', ...metrics, ''].join(',')}\n${lines.join('\n')}\n`;
}

test('a log and the table made of it give the same numbers, bit for bit', async () => {
  const folder = await temporaryRoot();
  const logs = [join(folder, 'a_1.csv'), join(folder, 'b_1.csv')];
  await writeFile(logs[0]!, csvLog(0.25));
  await writeFile(logs[1]!, csvLog(0.75));
  const scores = await scoresOfLogs(logs);
  expect(scores).toEqual(await scoresOfTable(logs, join(folder, 'table.parquet')));
  // every row is another one; some lie beyond the teacher's bounds, and the graph clips them
  expect(new Set(scores).size).toBeGreaterThan(7);
});

test.skipIf(!hasClips)('so do logs that libvmaf wrote', async () => {
  const logs = ['bunny_crf34', 'flower_crf28', 'flower_crf38'].map((name) => `${CLIPS}${name}.libvmaf.json`);
  const scores = await scoresOfLogs(logs);
  expect(scores).toEqual(await scoresOfTable(logs, join(await temporaryRoot(), 'table.parquet')));
  // and near the teacher's (0.003 when written): both clips are of sources that it was trained on
  const teacher: number[] = [];
  for (const path of logs) teacher.push(...featuresOf(await readVmafLog(path), ['vmaf']));
  const rmse = Math.sqrt(
    scores.reduce((sum, score, i) => sum + (score - teacher[i]!) ** 2, 0) / scores.length,
  );
  console.log(`RMSE to vmaf over ${scores.length} frames: ${rmse.toFixed(3)}`);
  expect(rmse).toBeLessThan(0.05);
});
