import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decodeModel } from '../src/codec.ts';
import { inlineExternalData, tensorPlacement } from '../src/external-data.ts';
import { OnnxError } from '../src/errors.ts';
import { scanModel } from '../src/scan.ts';
import { message, modelBytes, node, type FieldValue } from './protobuf.ts';

const entry = (key: string, value: string): [number, FieldValue] => [13, message([1, key], [2, value])];

/** y = x + w with w float32 [2], whose elements lie where the fields say. */
function model(...data: readonly (readonly [number, FieldValue])[]): Uint8Array {
  const type = message([1, message([1, 1], [2, message([1, message([1, 2])])])]);
  return modelBytes([
    [1, message([1, 'x'], [1, 'w'], [2, 'y'], [4, 'Add'])],
    [2, 'g'],
    // dims packed, as every writer makes them
    [5, message([1, Uint8Array.of(2)], [2, 1], [8, 'w'], ...data)],
    [11, message([1, 'x'], [2, type])],
    [12, message([1, 'y'], [2, type])],
  ]);
}

const external: [number, FieldValue] = [14, 1];
const location = entry('location', 'w.data');
const elements = Uint8Array.from([0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64]);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof OnnxError) return error.code;
    throw error;
  }
  return 'no error';
}

test('names where elements lie, and how many', () => {
  const inside = model([9, new Uint8Array(8)]);
  expect(tensorPlacement(inside)).toEqual({ weightBytes: 8, external: [] });
  expect(tensorPlacement(model(location, entry('offset', '4'), entry('length', '8'), external))).toEqual({
    weightBytes: 8,
    external: [{ name: 'w', location: 'w.data', offset: 4, bytes: 8 }],
  });
});

test('brings them inside, in the canonical form', () => {
  const outside = model(location, entry('offset', '4'), external);
  const inlined = inlineExternalData(outside, new Map([['w.data', elements]]));
  expect(scanModel(inlined, { ops: new Set(['Add']) })).toEqual([]);
  expect(inlined).toEqual(model([9, elements.subarray(4)]));
  expect(decodeModel(inlined, { canonical: true }).graph.initializers[0]?.raw).toEqual(elements.subarray(4));
});

describe('refuses', () => {
  const files = new Map([['w.data', elements]]);
  test.each([
    ['a missing file', model(location, external), 'MALFORMED', new Map<string, Uint8Array>()],
    ['a short file', model(location, entry('offset', '5'), external), 'MALFORMED', files],
    ['another length', model(location, entry('length', '4'), external), 'MALFORMED', files],
    ['a negative offset', model(location, entry('offset', '-4'), external), 'MALFORMED', files],
    [
      'an offset beyond doubles',
      model(location, entry('offset', '9'.repeat(30)), external),
      'MALFORMED',
      files,
    ],
    ['no location', model(external), 'MALFORMED', files],
    [
      'elements inside besides',
      model(location, external, [9, new Uint8Array(4)], [9, elements]),
      'FORBIDDEN',
      files,
    ],
    ['huge dims', model([1, 2 ** 40], [1, 2 ** 40], location, external), 'MALFORMED', files],
    ['more than the cap', model([1, 2 ** 24], location, external), 'TOO_LARGE', files],
    ['a string tensor', modelBytes([[5, message([2, 8], location, external)]]), 'FORBIDDEN', files],
    ['functions', modelBytes([node('Relu')], [25, message([1, 'f'])]), 'FORBIDDEN', files],
  ])('%s', (_, bytes, code, from) => {
    expect(codeOf(() => inlineExternalData(bytes, from))).toBe(code);
  });
});

const REFERENCE = fileURLToPath(
  new URL('../../../../shared/reference/fr_regressor_v1.onnx', import.meta.url),
);
const isHere = existsSync(REFERENCE);
if (!isHere) console.log("skipped: the reference system's models are not beside the repository");

test.skipIf(!isHere)('the reference keeps 95.9 % of its regressor outside the file', () => {
  const bytes = readFileSync(REFERENCE);
  const { weightBytes, external: outside } = tensorPlacement(bytes);
  const outsideBytes = outside.reduce((total, tensor) => total + tensor.bytes, 0);
  // 4,480 of 4,673 float32 parameters
  expect(outsideBytes).toBe(17_920);
  expect(weightBytes).toBe(4 * 4_673);
  expect(outsideBytes / weightBytes).toBeCloseTo(0.9587, 4);
  const data = readFileSync(`${REFERENCE}.data`);
  const inlined = inlineExternalData(bytes, new Map([['fr_regressor_v1.onnx.data', data]]));
  const weights = decodeModel(inlined).graph.initializers.filter(({ raw }) => raw.length >= 1536);
  expect(weights.map(({ raw }) => Buffer.from(raw))).toEqual([data.subarray(0, 1536), data.subarray(1536)]);
});
