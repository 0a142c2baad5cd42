import { describe, expect, test } from 'vitest';
import { decodeModel, encodeModel } from '../src/codec.ts';
import { OnnxError } from '../src/errors.ts';
import type { Attribute, Model, Tensor } from '../src/model.ts';
import { bytesOf, MODELS, regressor } from './models.ts';
import { message, modelBytes, node } from './protobuf.ts';
import type { FieldValue } from './protobuf.ts';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof OnnxError) return error.code;
    throw error;
  }
  return 'accepted';
}

/** The regressor with one of its parts replaced. */
function withGraph(change: Partial<Model['graph']>): Model {
  const model = regressor();
  return { ...model, graph: { ...model.graph, ...change } };
}

describe('encodeModel', () => {
  test.each(Object.entries(MODELS))('decodes back to the same %s, and to the same bytes', (_, build) => {
    const bytes = encodeModel(build());
    const model = decodeModel(bytes, { canonical: true });
    expect(encodeModel(model)).toEqual(bytes);
    expect(encodeModel(build())).toEqual(bytes);
    // Attributes are float32 in the file, so the model that was written may hold more digits than the one read.
    expect(decodeModel(encodeModel(model))).toEqual(model);
  });

  test('returns bytes that own their memory', () => {
    const bytes = bytesOf('regressor');
    expect(bytes.constructor).toBe(Uint8Array);
    expect(bytes.buffer.byteLength).toBe(bytes.length);
  });

  const attribute = (value: Attribute): Model =>
    withGraph({ nodes: [{ opType: 'Neg', inputs: ['x'], outputs: ['y'], attributes: { value } }] });
  const tensor = (change: Partial<Tensor>): Model =>
    withGraph({
      initializers: [{ name: 't', dataType: 'float32', dims: [1], raw: new Uint8Array(4), ...change }],
    });
  test.each<[string, Model]>([
    ['an int attribute of 2^53', attribute({ type: 'int', value: 2 ** 53 })],
    ['a fraction among ints', attribute({ type: 'ints', value: [1, 0.5] })],
    ['a BigInt', attribute({ type: 'int', value: 1n as unknown as number })],
    ['a negative tensor dim', tensor({ dims: [-1] })],
    ['tensor bytes that do not match the dims', tensor({ dims: [2] })],
    ['a value with an unnamed dim', withGraph({ inputs: [{ name: 'x', dataType: 'bool', shape: [''] }] })],
    ['a value with a negative dim', withGraph({ inputs: [{ name: 'x', dataType: 'bool', shape: [-1] }] })],
    ['a fractional opset', { ...regressor(), opset: 17.5 }],
  ])('refuses %s', (_, model) => {
    expect(codeOf(() => encodeModel(model))).toBe('INVALID_GRAPH');
  });
});

/** A model whose one initializer has these TensorProto fields. */
function tensorBytes(...fields: [number, FieldValue][]): Uint8Array {
  return modelBytes([[5, message(...fields)]]);
}

function decodedRaw(...fields: [number, FieldValue][]): Uint8Array | undefined {
  return decodeModel(tensorBytes(...fields)).graph.initializers[0]?.raw;
}

describe('decodeModel', () => {
  test('drops what has no effect: documentation, metadata, names of nodes, value_info', () => {
    const entry = message([1, 'key'], [2, 'value']);
    const plain = modelBytes([node('Relu')]);
    const verbose = modelBytes(
      [node('Relu', [3, 'node 0'], [6, 'doc'], [9, entry]), [13, message([1, 'y'])], [16, entry]],
      [3, '1.0'],
      [6, 'doc'],
      [14, entry],
    );
    expect(decodeModel(verbose)).toEqual(decodeModel(plain));
    expect(codeOf(() => decodeModel(verbose, { canonical: true }))).toBe('NOT_CANONICAL');
  });

  test('converts typed data to raw bytes', () => {
    const float = new Uint8Array(new Float32Array([1.5, -2]).buffer);
    const double = new Uint8Array(new Float64Array([1.5]).buffer);
    expect(decodedRaw([1, 2], [2, 1], [4, float])).toEqual(float);
    expect(decodedRaw([1, 1], [2, 11], [10, double])).toEqual(double);
    expect(decodedRaw([1, 2], [2, 7], [7, 2n ** 63n - 1n], [7, -2n])).toEqual(
      new Uint8Array(new BigInt64Array([2n ** 63n - 1n, -2n]).buffer),
    );
    expect(decodedRaw([1, 2], [2, 6], [5, -1n], [5, 7])).toEqual(
      new Uint8Array(new Int32Array([-1, 7]).buffer),
    );
    expect(decodedRaw([1, 2], [2, 3], [5, -128n], [5, 127])).toEqual(Uint8Array.of(128, 127));
    expect(decodedRaw([1, 2], [2, 9], [5, 1], [5, 0])).toEqual(Uint8Array.of(1, 0));
    expect(decodedRaw([1, 0], [2, 1])).toEqual(new Uint8Array());
  });

  test('copies tensor bytes out of the file', () => {
    const bytes = Buffer.from(bytesOf('regressor'));
    const { initializers } = decodeModel(bytes).graph;
    const before = structuredClone(initializers);
    bytes.fill(0);
    expect(initializers).toEqual(before);
    expect(initializers.map(({ raw }) => raw.constructor)).toEqual(initializers.map(() => Uint8Array));
  });

  const none = new Uint8Array();
  const value = (...type: [number, FieldValue][]): Uint8Array =>
    modelBytes([[11, message([1, 'x'], [2, message([1, message(...type)])])]]);
  test.each<[string, string, Uint8Array]>([
    ['MALFORMED', 'an empty buffer', none],
    ['MALFORMED', 'no graph', message([1, 8], [8, message([2, 17])])],
    ['MALFORMED', 'no ir_version', message([7, none], [8, message([2, 17])])],
    ['MALFORMED', 'no opset', message([1, 8], [7, none])],
    ['MALFORMED', 'too few tensor bytes', tensorBytes([1, 2], [2, 1], [9, new Uint8Array(4)])],
    ['MALFORMED', 'raw bytes of half an element', tensorBytes([1, 1], [2, 1], [9, new Uint8Array(6)])],
    ['MALFORMED', 'dims whose product overflows', tensorBytes([1, 2n ** 52n], [1, 2n ** 52n], [2, 1])],
    ['MALFORMED', 'data in the field of another type', tensorBytes([1, 1], [2, 1], [5, 1])],
    ['MALFORMED', 'an int8 of 128', tensorBytes([1, 1], [2, 3], [5, 128])],
    ['MALFORMED', 'a bool of 2', tensorBytes([1, 1], [2, 9], [9, Uint8Array.of(2)])],
    ['UNSUPPORTED', 'a negative dim', tensorBytes([1, -1n], [2, 1])],
    ['UNSUPPORTED', 'float16', tensorBytes([1, 1], [2, 10], [9, new Uint8Array(2)])],
    ['UNSUPPORTED', 'no data type', tensorBytes([1, 0])],
    ['UNSUPPORTED', 'a value without shape', value([1, 1])],
    ['UNSUPPORTED', 'an anonymous dimension', value([1, 1], [2, message([1, none])])],
    ['UNSUPPORTED', 'a dimension of -1', value([1, 1], [2, message([1, message([1, -1n])])])],
    [
      'UNSUPPORTED',
      'an int attribute of 2^53',
      modelBytes([node('Relu', [5, message([1, 'a'], [3, 2n ** 53n], [20, 2])])]),
    ],
    [
      'UNSUPPORTED',
      'an attribute of strings',
      modelBytes([node('Relu', [5, message([1, 'a'], [9, 's'], [20, 8])])]),
    ],
    [
      'UNSUPPORTED',
      'a string attribute of other bytes',
      modelBytes([node('Relu', [5, message([1, 'a'], [4, Uint8Array.of(255)], [20, 3])])]),
    ],
    ['FORBIDDEN', 'a second graph', modelBytes([], [7, none])],
    ['FORBIDDEN', 'a function', modelBytes([], [25, message([1, 'Relu'])])],
    ['FORBIDDEN', 'another domain', modelBytes([node('Relu', [7, 'com.example'])])],
    ['FORBIDDEN', 'external data', tensorBytes([1, 1], [2, 1], [14, 1])],
  ])('answers %s to %s', (code, _, bytes) => {
    expect(codeOf(() => decodeModel(bytes))).toBe(code);
  });

  test('answers TOO_LARGE over maxBytes', () => {
    const bytes = bytesOf('regressor');
    expect(codeOf(() => decodeModel(bytes, { maxBytes: bytes.length - 1 }))).toBe('TOO_LARGE');
    expect(codeOf(() => decodeModel(bytes, { maxBytes: bytes.length }))).toBe('accepted');
  });

  test('keeps integers up to 2^53 - 1 and negative ones', () => {
    const bytes = modelBytes([node('Relu', [5, message([1, 'a'], [8, 2n ** 53n - 1n], [8, -3n], [20, 7])])]);
    expect(decodeModel(bytes).graph.nodes[0]?.attributes['a']).toEqual({
      type: 'ints',
      value: [Number.MAX_SAFE_INTEGER, -3],
    });
  });
});
