import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkModel } from '../src/check.ts';
import { decodeModel, encodeModel } from '../src/codec.ts';
import { printModel } from '../src/print.ts';
import { scanModel } from '../src/scan.ts';
import { stripModel } from '../src/strip.ts';
import { MODELS } from './models.ts';

const folder = new URL('golden/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => file.slice(0, -'.onnx'.length));

test.each(Object.entries(MODELS))('the sample model %s encodes to its golden file', (name, build) => {
  const golden = readFileSync(new URL(`${name}.onnx`, folder));
  expect(encodeModel(build())).toEqual(Uint8Array.from(golden));
});

describe.each(names)('golden/%s.onnx', (name) => {
  const bytes = Uint8Array.from(readFileSync(new URL(`${name}.onnx`, folder)));

  test('prints as its text', () => {
    expect(printModel(decodeModel(bytes))).toBe(readFileSync(new URL(`${name}.txt`, folder), 'utf8'));
  });

  test('is canonical, valid and stripped', () => {
    const model = decodeModel(bytes, { canonical: true });
    expect(encodeModel(model)).toEqual(bytes);
    expect(checkModel(model)).toEqual([]);
    expect(scanModel(bytes, { ops: 'any', controlFlow: true })).toEqual([]);
    expect(stripModel(bytes)).toEqual(bytes);
  });
});
