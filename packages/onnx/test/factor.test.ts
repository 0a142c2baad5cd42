import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../src/builder.ts';
import { factorProducts } from '../src/factor.ts';
import { backward } from '../src/gradient.ts';
import type { Graph } from '../src/model.ts';
import { staticShapes } from '../src/static-shapes.ts';
import { interpret } from './helpers/float64-interpreter.ts';
import { randomGraph } from './helpers/random-graph.ts';
import { TestRandom } from './helpers/random.ts';
import type { Tensor64 } from './helpers/tensor64.ts';

const factored = (graph: Graph): Graph => factorProducts(graph, staticShapes(graph));
const count = (graph: Graph, opType: string): number =>
  graph.nodes.filter((node) => node.opType === opType).length;

/** a, b, c, d of the given shapes, and the sum that `of` makes of them as output `y`. */
function sum(
  shapes: readonly (readonly number[])[],
  of: (b: GraphBuilder, ...values: string[]) => string,
): Graph {
  const b = new GraphBuilder('sum');
  const inputs = shapes.map((shape, i) => b.input('abcd'.charAt(i), 'float32', shape));
  b.output(b.node('Identity', [of(b, ...inputs)], {}, ['y']), 'float32', shapes.at(0)!);
  return b.build();
}

const SAME = [
  [2, 3],
  [2, 3],
  [2, 3],
  [2, 3],
];

/** Every way to write a·b + (a·c)·d. */
const SPELLINGS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((bits) =>
  sum(SAME, (g, a = '', b = '', c = '', d = '') => {
    const mul = (x: string, y: string, bit: number): string => g.node('Mul', bits & bit ? [y, x] : [x, y]);
    const ab = mul(a, b, 1);
    const acd = mul(mul(a, c, 2), d, 4);
    return g.node('Add', bits & 8 ? [acd, ab] : [ab, acd]);
  }),
);

test('a·b + (a·c)·d becomes a·(b + c·d), however it is written', () => {
  for (const graph of SPELLINGS) {
    const result = factored(graph);
    expect(count(graph, 'Mul')).toBe(3);
    expect(result.nodes.map(({ opType }) => opType)).toEqual(['Mul', 'Add', 'Mul', 'Identity']);
    expect(result.outputs).toEqual(graph.outputs);
    expectSameValues(graph, result, feedsOf(graph, 1));
  }
});

test('the derivative of GELU loses one pass over the batch', () => {
  const b = new GraphBuilder('gelu');
  const u = b.input('u', 'float32', [4, 8]);
  const weight = b.input('weight', 'float32', [4, 8]);
  const gelu = b.node('Mul', [u, b.node('Add', [b.node('Erf', [u]), b.constant('float32', [], [1])])]);
  b.output(b.node('ReduceSum', [b.node('Mul', [gelu, weight])], { keepdims: 0 }, ['loss']), 'float32', []);
  const { graph } = backward(b.build(), 'loss', ['u']);
  const result = factored(graph);
  expect(count(result, 'Mul')).toBe(count(graph, 'Mul') - 1);
  expect(count(result, 'Add')).toBe(count(graph, 'Add'));
  expectSameValues(graph, result, feedsOf(graph, 2));
});

test('gradients of random graphs keep their values', () => {
  let fired = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const { graph: forward, wrt, feeds } = randomGraph(new TestRandom(seed));
    const { graph } = backward(forward, 'loss', wrt);
    const result = factored(graph);
    if (result.nodes.some(({ outputs: [name] }) => name?.endsWith('_factor'))) fired++;
    expectSameValues(graph, result, feeds);
  }
  expect(fired).toBeGreaterThan(10);
});

describe('it does not fire', () => {
  test.each<[string, Graph]>([
    ['where a and b broadcast', sum([[2, 3], [3], [2, 3], [2, 3]], expanded)],
    [
      'where d broadcasts',
      sum(
        [
          [2, 3],
          [2, 3],
          [2, 3],
          [2, 1],
        ],
        expanded,
      ),
    ],
    ['where c is a scalar', sum([[2, 3], [2, 3], [], [2, 3]], expanded)],
    [
      'without a common factor',
      sum(SAME, (g, a = '', b = '', c = '', d = '') =>
        g.node('Add', [g.node('Mul', [a, b]), g.node('Mul', [g.node('Mul', [c, c]), d])]),
      ),
    ],
    [
      'where a·b is read elsewhere',
      sum(SAME, (g, a = '', b = '', c = '', d = '') => {
        const ab = g.node('Mul', [a, b]);
        const total = g.node('Add', [ab, g.node('Mul', [g.node('Mul', [a, c]), d])]);
        return g.node('Sub', [total, ab]);
      }),
    ],
    [
      'where a·c is read elsewhere',
      sum(SAME, (g, a = '', b = '', c = '', d = '') => {
        const ac = g.node('Mul', [a, c]);
        return g.node('Sub', [g.node('Add', [g.node('Mul', [a, b]), g.node('Mul', [ac, d])]), ac]);
      }),
    ],
    ['where (a·c)·d is an output', withOutput(sum(SAME, expanded), 'Mul_2')],
    [
      'on a product added to itself',
      sum(SAME, (g, a = '', b = '') => {
        const ab = g.node('Mul', [a, b]);
        return g.node('Add', [ab, ab]);
      }),
    ],
  ])('%s', (_, graph) => {
    expect(factored(graph)).toEqual(graph);
  });

  test('where shapes are unknown', () => {
    const graph = sum(SAME, expanded);
    expect(factorProducts(graph, new Map())).toEqual(graph);
  });
});

test('a value that is factor and summand at once', () => {
  // a·a + (a·a)·a, and a·b + (a·b)·a, where both products have two common factors
  for (const of of [
    (g: GraphBuilder, a = ''): string =>
      g.node('Add', [g.node('Mul', [a, a]), g.node('Mul', [g.node('Mul', [a, a]), a])]),
    (g: GraphBuilder, a = '', b = ''): string =>
      g.node('Add', [g.node('Mul', [a, b]), g.node('Mul', [g.node('Mul', [b, a]), a])]),
  ]) {
    const graph = sum(SAME, of);
    const result = factored(graph);
    expect(count(result, 'Mul')).toBe(2);
    expectSameValues(graph, result, feedsOf(graph, 3));
  }
});

function expanded(g: GraphBuilder, a = '', b = '', c = '', d = ''): string {
  return g.node('Add', [g.node('Mul', [a, b]), g.node('Mul', [g.node('Mul', [a, c]), d])]);
}

function withOutput(graph: Graph, name: string): Graph {
  return { ...graph, outputs: [...graph.outputs, { name, dataType: 'float32', shape: [2, 3] }] };
}

function feedsOf(graph: Graph, seed: number): Record<string, Tensor64> {
  const random = new TestRandom(seed);
  return Object.fromEntries(
    graph.inputs.map(({ name, shape }) => {
      const dims = shape as number[];
      return [
        name,
        {
          shape: dims,
          data: random.uniform(
            dims.reduce((size, dim) => size * dim, 1),
            -2,
            2,
          ),
        },
      ];
    }),
  );
}

/** 1e-12 of the largest value: reordered float64 sums of at most a few dozen terms. */
function expectSameValues(before: Graph, after: Graph, feeds: Record<string, Tensor64>): void {
  const expected = interpret(before, feeds);
  const actual = interpret(after, feeds);
  for (const { name } of before.outputs) {
    const want = expected.get(name)!;
    const got = actual.get(name)!;
    const scale = Math.max(1, ...want.data.map(Math.abs));
    expect(got.shape).toEqual(want.shape);
    expect(Math.max(...want.data.map((value, i) => Math.abs(value - got.data.at(i)!))) / scale).toBeLessThan(
      1e-12,
    );
  }
}
