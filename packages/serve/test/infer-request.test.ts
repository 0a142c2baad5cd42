import { expect, test } from 'vitest';
import { type InferRequest, parseInferRequest } from '../src/infer-request.ts';
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

const named = { name: model.name, version: model.version };

test('an answer is JSON that reads back, or JSON and the bytes that it announces', async () => {
  const inference = await fakeModel().infer(parse(fakeRequest()).inputs, [], undefined, () => false);
  const format = ({ id, outputs: requested }: InferRequest) =>
    formatInferResponse({ ...named, id, requested, inference });
  const plain = format(parse({ ...fakeRequest(), id: 'a"b' }));
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
  const binary = format(parse({ ...fakeRequest(), outputs }));
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
  const { outputs: requested } = parse(fakeRequest());
  const sum = { type: 'float32', dims: [1], data: Float32Array.of(Infinity) } as const;
  const inference = { outputs: { sum, twice: sum } };
  const code = codeOf(() => formatInferResponse({ ...named, id: undefined, requested, inference }));
  expect(await code).toBe('NOT_FINITE');
});

test('optional fields that are null are as if they were absent', () => {
  const request = parse({
    ...fakeRequest({ features: { parameters: null }, pixels: { parameters: { input_range: null } } }),
    id: null,
    parameters: null,
    outputs: null,
  });
  expect(request).toStrictEqual(parse(fakeRequest()));
});

/** One input of rows, as a regressor has, and images, as LPIPS has. */
const ROWS = {
  name: 'rows',
  inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 3] }],
  outputs: [{ name: 'score', datatype: 'FP32', shape: [-1] }],
} as const;
const IMAGES = {
  name: 'images',
  inputs: ['ref', 'dist'].map((name) => ({
    name,
    datatype: 'FP32' as const,
    alsoTakes: ['UINT8'] as const,
    takesPixels: true,
    shape: [-1, 3, -1, -1],
  })),
  outputs: [{ name: 'score', datatype: 'FP32', shape: [-1] }],
} as const;

test("Triton's raw binary request is the one input's bytes, and is answered in bytes", async () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  const body = new Uint8Array(values.buffer);
  const { inputs, outputs } = parseInferRequest(body, '0', ROWS, LIMITS);
  expect(inputs).toStrictEqual({ features: { type: 'float32', dims: [2, 3], data: values } });
  expect(outputs).toStrictEqual([{ spec: ROWS.outputs[0], isBinary: true }]);
  expect(await codeOf(() => parseInferRequest(body.subarray(0, 20), '0', ROWS, LIMITS))).toBe(
    'INVALID_TENSOR',
  );
  for (const other of [IMAGES, model])
    expect(await codeOf(() => parseInferRequest(body, '0', other, LIMITS))).toBe('INVALID_REQUEST');
});

function image(name: string, value: number, rest: object = {}): object {
  const data = Array.from({ length: 12 }, () => value);
  return { name, datatype: 'FP32', shape: [1, 3, 2, 2], data, ...rest };
}

test('images in a range become normalised ones, by the parameter of a request or of one input', async () => {
  const parseImages = (json: object) =>
    parseInferRequest(Buffer.from(JSON.stringify(json)), undefined, IMAGES, LIMITS).inputs;
  const first = ({ data }: { data: ArrayLike<unknown> } = { data: [] }) => Number(data[0]);
  const black = (0 - 0.485) / 0.229;
  const white = (1 - 0.485) / 0.229;
  const shared = parseImages({
    inputs: [image('ref', 0), image('dist', 255)],
    parameters: { input_range: [0, 255] },
  });
  expect([first(shared['ref']), first(shared['dist'])]).toStrictEqual([
    Math.fround(black),
    Math.fround(white),
  ]);
  const own = parseImages({
    inputs: [image('ref', -1, { parameters: { input_range: '[-1,1]' } }), image('dist', 0.5)],
  });
  expect([first(own['ref']), first(own['dist'])]).toStrictEqual([Math.fround(black), 0.5]);
  const bytes = parseImages({
    inputs: [image('ref', 7, { datatype: 'UINT8' }), image('dist', 255, { datatype: 'UINT8' })],
  });
  expect(bytes['ref']).toStrictEqual({ type: 'uint8', dims: [1, 3, 2, 2], data: new Uint8Array(12).fill(7) });
  const refused: [object, string][] = [
    [{ inputs: [image('ref', 200), image('dist', 0)] }, 'INVALID_TENSOR'],
    [{ inputs: [image('ref', 2), image('dist', 0)], parameters: { input_range: [0, 1] } }, 'INVALID_TENSOR'],
    [{ inputs: [image('ref', 0), image('dist', 0)], parameters: { input_range: [0, 3] } }, 'INVALID_REQUEST'],
    [
      {
        inputs: [image('ref', 0, { datatype: 'UINT8' }), image('dist', 0)],
        parameters: { input_range: [0, 1] },
      },
      'INVALID_REQUEST',
    ],
  ];
  for (const [json, code] of refused) expect(await codeOf(() => parseImages(json))).toBe(code);
  const ranged = { ...fakeRequest(), parameters: { input_range: [0, 1] } };
  expect(await codeOf(() => parse(ranged))).toBe('INVALID_REQUEST');
});
