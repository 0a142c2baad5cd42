import { describe, expect, test } from 'vitest';
import { proveResources, resourceMultiples } from '../src/bounds/resource-proof.ts';
import { GraphBuilder } from '../src/builder.ts';
import type { Dim, Model } from '../src/model.ts';
import { TestRandom } from './helpers/random.ts';

type Build = (b: GraphBuilder, x: string) => string;

/** `features` [batch, width] → `score`, declared as [batch] whatever it is. */
function regressor(build: Build, { width = 6, rows = 'batch' as Dim } = {}): Model {
  const b = new GraphBuilder('g');
  const x = b.input('features', 'float32', [rows, width]);
  b.output(b.node('Identity', [build(b, x)], {}, ['score']), 'float32', ['batch']);
  return { irVersion: 8, opset: 17, producerName: '', graph: b.build() };
}

/** `ref` [M,3,H,W], `dist` [N,3,H,W] → `score`. */
function distance(build: (b: GraphBuilder, ref: string, dist: string) => string, m: Dim = 'M'): Model {
  const b = new GraphBuilder('g');
  const ref = b.input('ref', 'float32', [m, 3, 'H', 'W']);
  const dist = b.input('dist', 'float32', ['N', 3, 'H', 'W']);
  b.output(b.node('Identity', [build(b, ref, dist)], {}, ['score']), 'float32', ['N']);
  return { irVersion: 8, opset: 18, producerName: '', graph: b.build() };
}

const ints = (b: GraphBuilder, ...values: number[]): string => b.constant('int64', [values.length], values);
const floats = (b: GraphBuilder, ...dims: number[]): string =>
  b.constant('float32', dims, new Float32Array(dims.reduce((x, y) => x * y, 1)));
/** One linear score per row. */
const linear: Build = (b, x) => b.node('Squeeze', [b.node('MatMul', [x, floats(b, 6, 1)]), ints(b, 1)]);
const meanOf = (b: GraphBuilder, image: string): string =>
  b.node('ReduceMean', [image, ints(b, 1, 2, 3)], { keepdims: 0 });

const codes = (model: Model): string[] => proveResources(model).map(({ code }) => code);

describe('a regressor is refused that', () => {
  test.each<[string, string, Build]>([
    [
      'answers twice per row',
      'INTERFACE',
      (b, x) => {
        const pair = b.node('Add', [b.node('Reshape', [linear(b, x), ints(b, -1, 1)]), floats(b, 1, 2)]);
        return b.node('Reshape', [
          b.node('ReduceSum', [b.node('Unsqueeze', [pair, ints(b, 2)]), ints(b, 2)], { keepdims: 0 }),
          ints(b, 0, 2),
        ]);
      },
    ],
    [
      'answers 2N values',
      'ROWS_MIXED',
      (b, x) =>
        b.node('Reshape', [
          b.node('Add', [b.node('Reshape', [linear(b, x), ints(b, -1, 1)]), floats(b, 1, 2)]),
          ints(b, -1),
        ]),
    ],
    [
      'clips by a bound per row, which ONNX Runtime refuses when it runs',
      'UNKNOWN_SIZE',
      (b, x) => b.node('Clip', [linear(b, x), floats(b), linear(b, x)]),
    ],
    [
      'answers once for all rows',
      'ROWS_MIXED',
      (b, x) => b.node('ReduceSum', [linear(b, x), ints(b, 0)], { keepdims: 1 }),
    ],
    ['answers a constant', 'INTERFACE', (b) => floats(b, 1)],
    ['answers [N, 1]', 'INTERFACE', (b, x) => b.node('MatMul', [x, floats(b, 6, 1)])],
    [
      'needs 30,000 times its input',
      'UNBOUNDED',
      (b, x) =>
        b.node('Squeeze', [
          b.node('MatMul', [b.node('MatMul', [x, floats(b, 6, 3000)]), floats(b, 3000, 1)]),
          ints(b, 1),
        ]),
    ],
    [
      'grows with the square of the rows',
      'ROWS_MIXED',
      (b, x) => {
        const s = b.node('MatMul', [x, floats(b, 6, 1)]);
        return b.node('ReduceMax', [b.node('MatMul', [s, b.node('Transpose', [s])])], {
          axes: [1],
          keepdims: 0,
        });
      },
    ],
    [
      'makes much of constants',
      'UNBOUNDED',
      (b, x) => {
        const outer = b.node('MatMul', [floats(b, 3000, 1), floats(b, 1, 3000)]);
        return b.node('Add', [linear(b, x), b.node('ReduceMax', [outer], { keepdims: 0 })]);
      },
    ],
    [
      'lets one row look at another: a sum over rows',
      'ROWS_MIXED',
      (b, x) =>
        b.node('Add', [linear(b, x), b.node('ReduceMean', [linear(b, x)], { axes: [0], keepdims: 1 })]),
    ],
    [
      '… a product of the rows with themselves',
      'ROWS_MIXED',
      (b, x) => {
        const gram = b.node('Gemm', [x, x], { transA: 1 });
        return linear(b, b.node('MatMul', [x, gram]));
      },
    ],
    [
      '… the first row, for all',
      'ROWS_MIXED',
      (b, x) => linear(b, b.node('Add', [x, b.node('Gather', [x, ints(b, 0)], { axis: 0 })])),
    ],
    [
      '… rows by an index that is computed',
      'ROWS_MIXED',
      (b, x) => linear(b, b.node('Gather', [x, b.node('Cast', [linear(b, x)], { to: 7 })], { axis: 0 })),
    ],
    ['… a softmax over rows', 'ROWS_MIXED', (b, x) => b.node('Softmax', [linear(b, x)], { axis: 0 })],
    [
      'has an operator of unknown sizes',
      'UNKNOWN_SIZE',
      (b, x) => linear(b, b.node('Where', [b.node('Equal', [x, x]), x, x])),
    ],
    [
      'takes a shape that is computed',
      'UNKNOWN_SIZE',
      (b, x) => b.node('Reshape', [linear(b, x), b.node('Cast', [linear(b, x)], { to: 7 })]),
    ],
  ])('%s', (_, code, build) => {
    expect(codes(regressor(build))).toStrictEqual([code]);
  });

  test('keeps too much at one time', () => {
    const model = regressor((b, x) => {
      const wide = Array.from({ length: 30 }, () => b.node('MatMul', [x, floats(b, 6, 128)]));
      const sum = wide.reduce((a, c) => b.node('Add', [a, c]));
      return b.node('Squeeze', [b.node('MatMul', [sum, floats(b, 128, 1)]), ints(b, 1)]);
    });
    expect(proveResources(model)).toMatchObject([
      { code: 'UNBOUNDED', message: expect.stringContaining('at one time') as string },
    ]);
  });

  test.each([
    ['rows', { rows: 1 as Dim }],
    ['no features', { width: 0 }],
  ])('has a fixed number of %s', (_, change) => {
    expect(
      codes(regressor((b, x) => b.node('ReduceSum', [x, ints(b, 1)], { keepdims: 0 }), change)),
    ).toStrictEqual(['INTERFACE']);
  });

  test('defines a name twice', () => {
    const { graph, ...model } = regressor(linear);
    const [first] = graph.nodes;
    expect(codes({ ...model, graph: { ...graph, nodes: [first!, ...graph.nodes] } })).toStrictEqual([
      'GRAPH',
    ]);
  });
});

test.each([[[]], [[1]]])('a regressor may clip by bounds of one element, of shape %j', (dims) => {
  const clipped: Build = (b, x) => b.node('Clip', [linear(b, x), floats(b, ...dims), floats(b, ...dims)]);
  expect(codes(regressor(clipped))).toEqual([]);
});

test('a regressor passes whatever sequence of operators it is', () => {
  expect(codes(regressor(linear))).toStrictEqual([]);
  expect(
    codes(
      regressor((b, x) => {
        const hidden = b.node('Relu', [b.node('Gemm', [x, floats(b, 6, 64), floats(b, 64)])]);
        const scaled = b.node('Mul', [hidden, b.node('Sigmoid', [hidden])]);
        const score = b.node('Reshape', [b.node('MatMul', [scaled, floats(b, 64, 1)]), ints(b, -1)]);
        return b.node('Clip', [score, b.constant('float32', [], [0]), b.constant('float32', [], [100])]);
      }),
    ),
  ).toStrictEqual([]);
});

describe('a distance', () => {
  const difference = (b: GraphBuilder, ref: string, dist: string): string =>
    meanOf(b, b.node('Abs', [b.node('Sub', [ref, dist])]));

  test.each<[string, Dim]>([
    ['one reference for all, or one each', 'M'],
    ['one reference', 1],
    ['one reference each', 'N'],
  ])('passes with %s', (_, m) => {
    expect(codes(distance(difference, m))).toStrictEqual([]);
  });

  test('of windows of any stride is told from one of other windows', () => {
    const strided = (b: GraphBuilder, image: string, stride: number): string =>
      b.node('Conv', [image, floats(b, 4, 3, 3, 3)], { strides: [stride, stride] });
    expect(codes(distance((b, r, d) => difference(b, strided(b, r, 2), strided(b, d, 2))))).toStrictEqual([]);
    expect(codes(distance((b, r, d) => difference(b, strided(b, r, 2), strided(b, d, 3))))).toStrictEqual([
      'UNKNOWN_SIZE',
    ]);
  });

  test('that compares every position with every other is refused', () => {
    const model = distance((b, ref, dist) => {
      const flat = (image: string): string => b.node('Reshape', [image, ints(b, 0, 3, -1)]);
      const pairs = b.node('MatMul', [b.node('Transpose', [flat(ref)], { perm: [0, 2, 1] }), flat(dist)]);
      return b.node('ReduceMean', [pairs, ints(b, 1, 2)], { keepdims: 0 });
    });
    expect(codes(model)).toStrictEqual(['UNBOUNDED']);
  });

  test('of a hundred channels at full size is refused', () => {
    const wide = (b: GraphBuilder, image: string): string => b.node('Conv', [image, floats(b, 100, 3, 1, 1)]);
    expect(codes(distance((b, r, d) => difference(b, wide(b, r), wide(b, d))))).toStrictEqual(['UNBOUNDED']);
  });
});

test('names of axes are a stranger’s text, and two of them are never taken for one', () => {
  const b = new GraphBuilder('g');
  const long = 'n'.repeat(200);
  const ref = b.input('ref', 'float32', [`${long}1`, 3, '#0', 'W·W']);
  const dist = b.input('dist', 'float32', [`${long}2`, 3, '#0', 'W·W']);
  b.output(b.node('Identity', [meanOf(b, ref)], {}, ['score']), 'float32', ['N']);
  const model = { irVersion: 8, opset: 18, producerName: '', graph: b.build() };
  expect(dist).toBe('dist');
  expect(codes(model)).toStrictEqual(['INTERFACE']);
});

test('the bound of a window holds for every size', () => {
  // d / s + max(0, (s − loss − 1) / s) bounds the positions that ONNX defines
  const random = new TestRandom(5);
  for (let round = 0; round < 200; round++) {
    const [kernel, stride, pad] = [random.integer(1, 11), random.integer(1, 5), random.integer(0, 5)];
    if (pad >= kernel) continue;
    const model = distance((b, r, d) => {
      const conv = (image: string): string =>
        b.node('Conv', [image, floats(b, 3, 3, kernel, kernel)], {
          strides: [stride, stride],
          pads: [pad, pad, pad, pad],
        });
      return meanOf(b, b.node('Sub', [conv(r), conv(d)]));
    });
    const { value } = resourceMultiples(model);
    const side = random.integer(40, 99);
    const positions = Math.floor((side + 2 * pad - kernel) / stride) + 1;
    expect((3 * positions * positions) / (side * side)).toBeLessThanOrEqual(value);
  }
});
