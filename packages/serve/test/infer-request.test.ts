import { expect, test } from 'vitest';
import { parseInferRequest } from '../src/infer-request.ts';
import { formatInferResponse } from '../src/infer-response.ts';
import { codeOf } from '../../../testing/runtime-models.ts';
import { binaryBody, fakeModel, fakeRequest } from './fake-model.ts';

const LIMITS = { batch: 4, tensorBytes: 64, jsonBytes: 4096 };
const model = fakeModel();

function parse(json: object | string, header?: string) {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  return parseInferRequest(Buffer.from(text), header, model, LIMITS);
}

test('flat and nested data are the same tensor, in row-major order', () => {
  const flat = { shape: [2, 3], data: [1, 2, 3, 4, 5, 6.5] };
  const nested = {
    ...flat,
    data: [
      [1, 2, 3],
      [4, 5, 6.5],
    ],
  };
  for (const features of [flat, nested]) {
    const { inputs } = parse(fakeRequest({ features }));
    expect(inputs['features']).toStrictEqual({
      type: 'float32',
      dims: [2, 3],
      data: Float32Array.of(1, 2, 3, 4, 5, 6.5),
    });
    expect(inputs['pixels']?.data).toStrictEqual(Uint8Array.of(0, 255));
  }
});

test('an input may come in another datatype where its spec says so', () => {
  const { inputs } = parse(fakeRequest({ features: { datatype: 'FP64', data: [0.1, 0.2, 0.3] } }));
  expect(inputs['features']?.data).toStrictEqual(Float64Array.of(0.1, 0.2, 0.3));
});

test('bytes follow the JSON in the order of the inputs, at whatever offset', () => {
  const floats = Float32Array.of(0.5, -1, 1e30);
  for (const id of ['', 'x', 'xx', 'xxx']) {
    const json = fakeRequest({
      pixels: { data: undefined, parameters: { binary_data_size: 2 } } as object,
      features: { data: undefined, parameters: { binary_data_size: 12 } } as object,
    });
    const { body, length } = binaryBody({ id, ...json }, Uint8Array.of(7, 8), new Uint8Array(floats.buffer));
    const { inputs } = parseInferRequest(body, length, model, LIMITS);
    expect(inputs['pixels']?.data).toStrictEqual(Uint8Array.of(7, 8));
    expect(inputs['features']?.data).toStrictEqual(floats);
  }
});

test('without outputs all are asked for; binary_data of one overrides binary_data_output of all', () => {
  const names = (json: object) => parse(json).outputs.map(({ spec, isBinary }) => [spec.name, isBinary]);
  expect(names(fakeRequest())).toStrictEqual([
    ['sum', false],
    ['twice', false],
  ]);
  const outputs = [{ name: 'twice', parameters: { binary_data: false } }, { name: 'sum' }];
  expect(names({ ...fakeRequest(), outputs, parameters: { binary_data_output: true } })).toStrictEqual([
    ['twice', false],
    ['sum', true],
  ]);
});

const features = (change: object) => fakeRequest({ features: change });
const [pixelsInput, featuresInput] = (fakeRequest() as { inputs: object[] }).inputs;

test.each<[string, object | string, string]>([
  ['no JSON', 'features', 'INVALID_REQUEST'],
  ['nothing', '', 'INVALID_REQUEST'],
  ['NaN', JSON.stringify(fakeRequest()).replace('3.5', 'NaN'), 'INVALID_REQUEST'],
  ['an array', [], 'INVALID_REQUEST'],
  ['null', 'null', 'INVALID_REQUEST'],
  ['an id that is no string', { ...fakeRequest(), id: 7 }, 'INVALID_REQUEST'],
  ['an id of a kilobyte', { ...fakeRequest(), id: 'x'.repeat(1024) }, 'INVALID_REQUEST'],
  ['no inputs', {}, 'INVALID_REQUEST'],
  ['an input that is missing', { inputs: [featuresInput] }, 'INVALID_REQUEST'],
  ['an input that is there twice', { inputs: [featuresInput, featuresInput] }, 'INVALID_REQUEST'],
  ['more inputs than the model has', { inputs: [pixelsInput, featuresInput, {}] }, 'INVALID_REQUEST'],
  ['an unknown input', features({ name: '__proto__' }), 'INVALID_REQUEST'],
  ['an input without a name', features({ name: null }), 'INVALID_REQUEST'],
  ['an unknown output', { ...fakeRequest(), outputs: [{ name: 'score' }] }, 'INVALID_REQUEST'],
  ['an output twice', { ...fakeRequest(), outputs: [{ name: 'sum' }, { name: 'sum' }] }, 'INVALID_REQUEST'],
  ['parameters that are no object', { ...fakeRequest(), parameters: 1 }, 'INVALID_REQUEST'],
  ['no shape', features({ shape: undefined }), 'INVALID_REQUEST'],
  ['another datatype', features({ datatype: 'INT8' }), 'INVALID_TENSOR'],
  ['a datatype of Object', features({ datatype: 'toString' }), 'INVALID_TENSOR'],
  ['another rank', features({ shape: [3] }), 'INVALID_TENSOR'],
  ['another width', features({ shape: [1, 4], data: [1, 2, 3, 4] }), 'INVALID_TENSOR'],
  ['a dimension of 0', features({ shape: [0, 3], data: [] }), 'INVALID_TENSOR'],
  ['a negative dimension', features({ shape: [-1, 3] }), 'INVALID_TENSOR'],
  ['half a dimension', features({ shape: [0.5, 3] }), 'INVALID_TENSOR'],
  ['a dimension as text', features({ shape: ['1', 3] }), 'INVALID_TENSOR'],
  ['a dimension beyond integers', features({ shape: [2 ** 60, 3] }), 'INVALID_TENSOR'],
  ['more rows than allowed', features({ shape: [5, 3] }), 'TOO_LARGE'],
  ['as many rows as there are integers', features({ shape: [2 ** 53 - 1, 3] }), 'TOO_LARGE'],
  ['more bytes than allowed', features({ datatype: 'FP64', shape: [4, 3] }), 'TOO_LARGE'],
  ['a value too few', features({ data: [1, 2] }), 'INVALID_TENSOR'],
  ['a value too many', features({ data: [1, 2, 3, 4] }), 'INVALID_TENSOR'],
  ['data that is no array', features({ data: { length: 3 } }), 'INVALID_TENSOR'],
  [
    'ragged rows',
    features({
      shape: [2, 3],
      data: [
        [1, 2, 3],
        [4, 5],
      ],
    }),
    'INVALID_TENSOR',
  ],
  ['a row that is none', features({ shape: [2, 3], data: [[1, 2, 3], 4] }), 'INVALID_TENSOR'],
  ['deeper data than the shape', features({ data: [[[1], [2], [3]]] }), 'INVALID_TENSOR'],
  ['text', features({ data: ['1', 2, 3] }), 'INVALID_TENSOR'],
  ['null', features({ data: [null, 2, 3] }), 'INVALID_TENSOR'],
  ['a number beyond float64', JSON.stringify(fakeRequest()).replace('3.5', '1e999'), 'NOT_FINITE'],
  ['a number beyond float32', features({ data: [1e39, 2, 3] }), 'NOT_FINITE'],
  ['a byte of 256', fakeRequest({ pixels: { data: [0, 256] } }), 'INVALID_TENSOR'],
  ['half a byte', fakeRequest({ pixels: { data: [0, 0.5] } }), 'INVALID_TENSOR'],
  ['more JSON than allowed', { ...fakeRequest(), more: 'x'.repeat(4096) }, 'TOO_LARGE'],
  [
    'bytes that are not there',
    features({ data: undefined, parameters: { binary_data_size: 12 } }),
    'INVALID_REQUEST',
  ],
])('%s is refused', async (_what, json, code) => {
  expect(await codeOf(() => parse(json))).toBe(code);
});

test.each<[string, object, number, string]>([
  ['data and bytes', { parameters: { binary_data_size: 12 } }, 12, 'INVALID_REQUEST'],
  [
    'fewer bytes than the shape needs',
    { data: undefined, parameters: { binary_data_size: 8 } },
    8,
    'INVALID_TENSOR',
  ],
  [
    'more bytes than there are',
    { data: undefined, parameters: { binary_data_size: 12 } },
    8,
    'INVALID_REQUEST',
  ],
  ['bytes of nobody', { data: undefined, parameters: { binary_data_size: 12 } }, 13, 'INVALID_REQUEST'],
  ['a negative size', { data: undefined, parameters: { binary_data_size: -12 } }, 12, 'INVALID_REQUEST'],
  ['half a size', { data: undefined, parameters: { binary_data_size: 11.5 } }, 12, 'INVALID_REQUEST'],
  ['a size as text', { data: undefined, parameters: { binary_data_size: '12' } }, 12, 'INVALID_REQUEST'],
])('binary: %s', async (_what, change, bytes, code) => {
  const { body, length } = binaryBody(features(change), new Uint8Array(bytes));
  expect(await codeOf(() => parseInferRequest(body, length, model, LIMITS))).toBe(code);
});

test.each(['-1', '1e2', '0x10', ' 4', '99999', '12345678901234567890', 'NaN', ''])(
  'a JSON length of %j is refused',
  async (length) => {
    const body = Buffer.from(JSON.stringify(fakeRequest()));
    expect(await codeOf(() => parseInferRequest(body, length, model, LIMITS))).toBe('INVALID_REQUEST');
  },
);

test('text that is not UTF-8 is refused', async () => {
  const body = Buffer.concat([Buffer.from('{"id":"'), Buffer.of(0xff), Buffer.from('"}')]);
  expect(await codeOf(() => parseInferRequest(body, undefined, model, LIMITS))).toBe('INVALID_REQUEST');
});

test('an answer is JSON that reads back, or JSON and the bytes that it announces', async () => {
  const inference = await fakeModel().infer(parse(fakeRequest()).inputs, []);
  const plain = formatInferResponse(model, parse({ ...fakeRequest(), id: 'a"b' }), inference);
  expect(plain.jsonLength).toBeUndefined();
  expect(JSON.parse(plain.body as string)).toStrictEqual({
    model_name: 'fake_v1',
    model_version: 'a'.repeat(64),
    id: 'a"b',
    outputs: [
      { name: 'sum', datatype: 'FP32', shape: [1], data: [6.5] },
      { name: 'twice', datatype: 'FP32', shape: [1], data: [13] },
    ],
  });
  const outputs = [{ name: 'twice', parameters: { binary_data: true } }, { name: 'sum' }];
  const binary = formatInferResponse(model, parse({ ...fakeRequest(), outputs }), inference);
  const body = binary.body as Buffer;
  expect(JSON.parse(body.toString('utf8', 0, binary.jsonLength))).toMatchObject({
    outputs: [
      { name: 'twice', parameters: { binary_data_size: 4 } },
      { name: 'sum', data: [6.5] },
    ],
  });
  expect(body.subarray(binary.jsonLength).readFloatLE()).toBe(13);
});

test('an answer that overflowed is refused: neither JSON nor bytes pass on infinity', async () => {
  const request = parse(fakeRequest());
  const sum = { type: 'float32', dims: [1], data: Float32Array.of(Infinity) } as const;
  const code = codeOf(() => formatInferResponse(model, request, { outputs: { sum, twice: sum } }));
  expect(await code).toBe('NOT_FINITE');
});
