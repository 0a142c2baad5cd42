import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { checkModel, decodeModel, scanModel } from '@vqforge/onnx';
import { describe, expect, test } from 'vitest';
import { predictionModel, trainingModel } from '../src/training-graph.ts';

const CASES = [
  { features: 6, batchSize: 256, dropout: true },
  { features: 6, batchSize: 256, dropout: false },
  { features: 1, batchSize: 1, dropout: true },
  { features: 21, batchSize: 7, dropout: false },
];

describe.each(CASES)('trainingModel %j', (options) => {
  const bytes = trainingModel(options);

  test('is a valid graph', () => {
    expect(checkModel(decodeModel(bytes))).toEqual([]);
  });

  test('holds the control flow that the scan of served models refuses', () => {
    expect(scanModel(bytes, { ops: 'any' }).map(({ code }) => code)).toContain('CONTROL_FLOW');
    expect(scanModel(bytes, { ops: 'any', controlFlow: true })).toEqual([]);
  });
});

test('the same options give the same bytes in every process', () => {
  const script = fileURLToPath(new URL('helpers/training-model-digests.mjs', import.meta.url));
  const other = execFileSync(process.execPath, [script, JSON.stringify(CASES)], { encoding: 'utf8' });
  const digests = CASES.map((options) => createHash('sha256').update(trainingModel(options)).digest('hex'));
  expect(other.trim().split('\n')).toEqual(digests);
  expect(new Set(digests).size).toBe(CASES.length);
});

test('predictionModel is a valid graph', () => {
  expect(checkModel(decodeModel(predictionModel(6)))).toEqual([]);
});
