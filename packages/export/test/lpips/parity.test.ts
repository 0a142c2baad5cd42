import { expect, test } from 'vitest';
import { lpipsModel, type LpipsModelOptions } from '../../src/lpips/lpips-model.ts';
import { lpipsParity, lpipsParityTolerance } from '../../src/lpips/parity.ts';
import { generatedScenes } from '../../src/lpips/scenes.ts';
import { generatedWeights } from './helpers/generated-weights.ts';
import { caseTable } from '../../../../testing/case-table.ts';

const weights = generatedWeights('squeeze');

test('at least 20 pairs, the smallest and odd sizes among them', () => {
  const scenes = generatedScenes(17);
  expect(scenes.flatMap(({ dists }) => dists).length).toBeGreaterThanOrEqual(20);
  expect(Math.min(...scenes.map(({ width }) => width))).toBe(17);
  expect(scenes.some(({ width, height }) => width % 2 === 1 || height % 2 === 1)).toBe(true);
});

test('what was exported agrees with upstream node for node', async () => {
  for (const variant of caseTable<Partial<LpipsModelOptions>>(
    [{ maps: true, input: 'uint8' }],
    [{}, { heads: null }],
  )) {
    const options = { ...weights, ...variant };
    const { maxAbsError, pairs } = await lpipsParity(lpipsModel(options), options);
    expect(maxAbsError).toBeLessThanOrEqual(lpipsParityTolerance(options.heads));
    expect(pairs).toBe(30);
  }
});

test('sees a graph of other weights, and one of another version', async () => {
  const heads = new Map(
    [...weights.heads].map(([name, tensor]) => [name, { ...tensor, bytes: tensor.bytes.slice() }]),
  );
  const last = heads.get('heads.6.weight')!.bytes;
  new DataView(last.buffer).setFloat32(40, 2, true);
  for (const other of [{ heads }, { version: '0.0' as const }]) {
    const { maxAbsError } = await lpipsParity(lpipsModel({ ...weights, ...other }), weights);
    expect(maxAbsError).toBeGreaterThan(lpipsParityTolerance(weights.heads));
  }
});
