import { readFile } from 'node:fs/promises';
import { parseSidecar, type RegressorSidecar } from '@vqforge/artifact';
import { expect, test } from 'vitest';
import { recordedInputs } from '../src/recorded-inputs.ts';

const SIDECAR = new URL('../../../model/tiny/fr_regressor_v1.json', import.meta.url);

test('a model of another version of its recipe is said to be so, not trained to other bytes', async () => {
  const sidecar = parseSidecar(await readFile(SIDECAR)) as RegressorSidecar;
  const training = { ...sidecar.training, epochs: sidecar.training.epochs + 4 };
  await expect(recordedInputs({ ...sidecar, training }, [], undefined)).rejects.toMatchObject({
    code: 'NOT_REPRODUCIBLE',
    message: expect.stringMatching(
      /for 26 epochs by recipe standard, which takes 22 in this version/,
    ) as string,
  });
  expect(await recordedInputs(sidecar, [], undefined)).toHaveProperty('missing');
});
