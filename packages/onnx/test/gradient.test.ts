import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../src/builder.ts';
import { assertValidModel } from '../src/check.ts';
import { backward } from '../src/gradient.ts';
import type { Graph } from '../src/model.ts';
import { gradientProblems } from './helpers/gradient-check.ts';
import { interpret } from './helpers/float64-interpreter.ts';
import { randomGraph } from './helpers/random-graph.ts';
import { TestRandom } from './helpers/random.ts';
import type { Tensor64 } from './helpers/tensor64.ts';

/** loss = ReduceSum of what `of` makes from inputs a, b and c of shape [2, 3]. */
function summed(of: (b: GraphBuilder, a: string, b2: string, c: string) => string): Graph {
  const b = new GraphBuilder('summed');
  const [x, y, z] = ['a', 'b', 'c'].map((name) => b.input(name, 'float32', [2, 3])) as [
    string,
    string,
    string,
  ];
  b.output(b.node('ReduceSum', [of(b, x, y, z)], { keepdims: 0 }, ['loss']), 'float32', []);
  return b.build();
}

const code = (wanted: string): unknown => expect.objectContaining({ name: 'OnnxError', code: wanted });

describe('whole graphs against central differences', () => {
  test('random graphs with fan-out, broadcasts and dead ends', () => {
    let gradients = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const { graph, wrt, feeds } = randomGraph(new TestRandom(seed));
      gradients += wrt.length;
      expect(gradientProblems(graph, 'loss', wrt, feeds)).toEqual([]);
    }
    expect(gradients).toBeGreaterThan(300);
  });

  test('a two-layer GELU network with one flat parameter vector', () => {
    const random = new TestRandom(7);
    const b = new GraphBuilder('network');
    const parameters = b.input('parameters', 'float32', [4 * 3 + 4 + 4 + 1]);
    const x = b.input('x', 'float32', [5, 3]);
    const y = b.input('y', 'float32', [5, 1]);
    const int64 = (...values: number[]): string => b.constant('int64', [values.length], values);
    const [w1, b1, w2, b2] = b.nodes('Split', [parameters, int64(12, 4, 4, 1)], {}, 4) as [
      string,
      string,
      string,
      string,
    ];
    const u = b.node('Gemm', [x, b.node('Reshape', [w1, int64(4, 3)]), b1], {
      transB: 1,
      alpha: Math.SQRT1_2,
      beta: Math.SQRT1_2,
    });
    const gelu = b.node('Mul', [u, b.node('Add', [b.node('Erf', [u]), b.constant('float32', [], [1])])]);
    const prediction = b.node('Gemm', [gelu, b.node('Reshape', [w2, int64(1, 4)]), b2], {
      transB: 1,
      alpha: Math.SQRT1_2,
    });
    const residual = b.node('Sub', [prediction, y]);
    b.output(
      b.node('ReduceMean', [b.node('Mul', [residual, residual])], { keepdims: 0 }, ['loss']),
      'float32',
      [],
    );
    const tensor = (...shape: number[]): Tensor64 => ({
      shape,
      data: random.uniform(
        shape.reduce((size, dim) => size * dim),
        -1,
        1,
      ),
    });
    const feeds = { parameters: tensor(21), x: tensor(5, 3), y: tensor(5, 1) };
    expect(gradientProblems(b.build(), 'loss', ['parameters', 'x', 'y'], feeds)).toEqual([]);
  });
});

describe('what backward returns', () => {
  test('gradients of values of every kind, in the order asked for', () => {
    const b = new GraphBuilder('kinds');
    const x = b.input('x', 'float32', [2]);
    const weight = b.initializer('weight', 'float32', [2], [3, 5]);
    const product = b.node('Mul', [x, weight], {}, ['product']);
    b.output(b.node('ReduceSum', [b.node('Mul', [product, product])], {}, ['loss']), 'float32', [1]);
    const { graph, gradients } = backward(b.build(), 'loss', ['weight', 'product', 'x', 'loss']);
    const values = interpret(graph, { x: { shape: [2], data: Float64Array.of(1, 2) } });
    // loss = (3x₀)² + (5x₁)²; a loss of shape [1] is a scalar too
    expect(gradients.map((name) => [...values.get(name)!.data])).toEqual([[6, 40], [6, 20], [18, 100], [1]]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['loss', ...gradients]);
    expect(graph.outputs.map(({ shape }) => shape)).toEqual([[1], [2], [2], [2], [1]]);
  });

  test('a value that is the gradient by two values is one output', () => {
    const { graph, gradients } = backward(
      summed((b, x, y) => b.node('Add', [x, y])),
      'loss',
      ['a', 'b'],
    );
    expect(gradients[0]).toBe(gradients[1]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['loss', gradients[0]]);
  });

  test('the forward graph is not changed, and its names are kept', () => {
    const forward = summed((b, x, y, z) => b.node('Mul', [b.node('Mul', [x, y]), z]));
    const before = structuredClone(forward);
    const { graph } = backward(forward, 'loss', ['a']);
    expect(forward).toEqual(before);
    expect(graph.nodes.slice(0, 3)).toEqual(before.nodes);
    expect(graph.inputs).toEqual(before.inputs);
  });

  test('no node and no initializer without a reader', () => {
    const forward = summed((b, x, y, z) => {
      b.node('Mul', [b.initializer('unused', 'float32', [1], [2]), z]);
      return b.node('Div', [x, y]);
    });
    const { graph } = backward(forward, 'loss', ['a']);
    const read = new Set([
      ...graph.nodes.flatMap((node) => node.inputs),
      ...graph.outputs.map(({ name }) => name),
    ]);
    expect(graph.nodes.filter((node) => !node.outputs.some((name) => read.has(name)))).toEqual([]);
    expect(graph.initializers.filter(({ name }) => !read.has(name))).toEqual([]);
    expect(graph.nodes.some((node) => node.inputs.includes('unused'))).toBe(false);
    // the gradient by the divisor was not asked for
    expect(graph.nodes.filter(({ opType }) => opType === 'Neg')).toEqual([]);
  });

  test('a branch that the loss does not depend on needs no rule', () => {
    const b = new GraphBuilder('branch');
    const x = b.input('x', 'float32', [2]);
    b.output(b.node('Tanh', [x], {}, ['shown']), 'float32', [2]);
    b.output(b.node('ReduceSum', [b.node('Exp', [x])], { keepdims: 0 }, ['loss']), 'float32', []);
    const { graph } = backward(b.build(), 'loss', ['x']);
    assertValidModel({ irVersion: 8, opset: 17, producerName: 'test', graph });
    expect(graph.nodes.map(({ opType }) => opType)).toContain('Tanh');
  });
});

describe('what backward refuses', () => {
  test.each(['Relu', 'Tanh', 'toString'])('%s has no rule, and the error names it', (opType) => {
    const graph = summed((b, x, y) => b.node('Mul', [b.node(opType, [x]), y]));
    expect(() => backward(graph, 'loss', ['a'])).toThrow(code('NO_GRADIENT_RULE'));
    expect(() => backward(graph, 'loss', ['a'])).toThrow(opType);
  });

  test('a MatMul of more than two axes', () => {
    const b = new GraphBuilder('batched');
    const x = b.input('x', 'float32', [2, 3, 4]);
    const y = b.input('y', 'float32', [2, 4, 3]);
    b.output(b.node('ReduceSum', [b.node('MatMul', [x, y])], { keepdims: 0 }, ['loss']), 'float32', []);
    expect(() => backward(b.build(), 'loss', ['x'])).toThrow(code('NO_GRADIENT_RULE'));
    expect(() => backward(b.build(), 'loss', ['x'])).toThrow(/MatMul.*\[2,3,4\]/);
  });

  test('a loss of several elements', () => {
    const b = new GraphBuilder('vector');
    b.output(b.node('Exp', [b.input('x', 'float32', [2])], {}, ['loss']), 'float32', [2]);
    expect(() => backward(b.build(), 'loss', ['x'])).toThrow(code('INVALID_GRAPH'));
    expect(() => backward(b.build(), 'loss', ['x'])).toThrow(/one element.*\[2\]/);
  });

  test.each([['c'], ['no such value']])('a loss that does not depend on %s', (name) => {
    const graph = summed((b, x, y) => b.node('Add', [x, y]));
    expect(() => backward(graph, 'loss', ['a', name])).toThrow(code('INVALID_GRAPH'));
    expect(() => backward(graph, 'loss', ['a', name])).toThrow(name);
  });

  test('a loss that is not there', () => {
    const graph = summed((b, x) => x);
    expect(() => backward(graph, 'los', ['a'])).toThrow(code('INVALID_GRAPH'));
  });

  test('a symbolic dimension', () => {
    const b = new GraphBuilder('symbolic');
    const x = b.input('x', 'float32', ['batch']);
    b.output(b.node('ReduceSum', [b.node('Exp', [x])], { keepdims: 0 }, ['loss']), 'float32', []);
    expect(() => backward(b.build(), 'loss', ['x'])).toThrow(code('INVALID_GRAPH'));
  });

  test('axes that are computed', () => {
    const b = new GraphBuilder('axes');
    const x = b.input('x', 'float32', [2, 3]);
    const sum = b.node('ReduceSum', [x, b.input('axes', 'int64', [1])], { keepdims: 1 });
    b.output(b.node('ReduceSum', [sum], { keepdims: 0 }, ['loss']), 'float32', []);
    expect(() => backward(b.build(), 'loss', ['x'])).toThrow(code('INVALID_GRAPH'));
  });
});
