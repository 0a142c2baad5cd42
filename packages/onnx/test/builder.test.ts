import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../src/builder.ts';
import { encodeModel } from '../src/codec.ts';
import type { Attribute, DataType, Graph, Model } from '../src/model.ts';

const code = (wanted: string): unknown => expect.objectContaining({ name: 'OnnxError', code: wanted });

/** A graph with most of what a builder does; `elements` and `attributes` are what may change between two calls. */
function sample(elements: readonly number[], exponent: number): Graph {
  const b = new GraphBuilder('sample');
  const x = b.input('x', 'float32', ['n', 2]);
  const scaled = b.node('Mul', [x, b.constant('float32', [2], elements)]);
  const [left, right] = b.nodes('Split', [scaled, b.constant('int64', [2], [1, 1])], { axis: 1 }, 2) as [
    string,
    string,
  ];
  const sum = b.node('Add', [left, right], {}, ['sum']);
  const shifted = b.node('Add', [sum, b.constant('float32', [], [exponent])]);
  b.output(
    b.node('Gemm', [shifted, b.initializer('w', 'float32', [1, 3], [1, 2, 3])], { alpha: exponent }),
    'float32',
    ['n', 3],
  );
  return b.build();
}

describe('names', () => {
  test('count nodes and constants in the order of construction', () => {
    const graph = sample([1, 2], 0.5);
    expect(graph.nodes.flatMap(({ outputs }) => outputs)).toEqual([
      'Mul_0',
      'Split_1',
      'Split_2',
      'sum',
      'Add_3',
      'Gemm_4',
    ]);
    expect(graph.initializers.map(({ name }) => name)).toEqual(['const_0', 'const_1', 'const_2', 'w']);
  });

  test('do not depend on what is computed', () => {
    const names = (graph: Graph): unknown => [
      graph.initializers.map(({ name }) => name),
      graph.nodes.map(({ inputs, outputs }) => [inputs, outputs]),
    ];
    expect(names(sample([1, 2], 0.5))).toEqual(names(sample([3, NaN], 7)));
  });

  test('of one builder do not depend on another', () => {
    const alone = sample([1, 2], 1);
    new GraphBuilder('other').constant('float32', [], [1]);
    expect(sample([1, 2], 1)).toEqual(alone);
  });

  test.each(['', 'x', 'Exp_0', 'const_0'])('%j is refused when empty or taken', (name) => {
    const b = new GraphBuilder('taken');
    b.node('Exp', [b.input('x', 'float32', [1])]);
    b.constant('float32', [], [1]);
    expect(() => b.input(name, 'float32', [1])).toThrow(code('INVALID_GRAPH'));
    expect(() => b.initializer(name, 'float32', [], [1])).toThrow(code('INVALID_GRAPH'));
  });

  test('an output takes a free name', () => {
    const b = new GraphBuilder('taken');
    b.input('x', 'float32', [1]);
    expect(b.node('Exp', ['x'], {}, ['y'])).toBe('y');
    expect(() => b.node('Exp', ['x'], {}, ['y'])).toThrow(code('INVALID_GRAPH'));
    expect(() => b.node('Exp', ['x'], {}, ['x'])).toThrow(code('INVALID_GRAPH'));
  });

  test('that are not there cannot be read or given out', () => {
    const b = new GraphBuilder('missing');
    expect(() => b.node('Exp', ['nothing'])).toThrow(code('INVALID_GRAPH'));
    expect(() => b.output('nothing', 'float32', [])).toThrow(code('INVALID_GRAPH'));
    // '' is an omitted input and not a value
    expect(() => b.output('', 'float32', [])).toThrow(code('INVALID_GRAPH'));
    expect(b.node('Clip', [b.input('x', 'float32', []), '', b.constant('float32', [], [1])])).toBe('Clip_0');
  });
});

describe('constants', () => {
  const pairs: [DataType, number[], number[], boolean][] = [
    // 0.1 and its float32 neighbour's double are one float32
    ['float32', [0.1], [Math.fround(0.1)], true],
    ['float64', [0.1], [Math.fround(0.1)], false],
    ['float32', [1, 2], [1, 2.5], false],
    ['float32', [NaN], [NaN], true],
    // equal by ===, but 1/x tells them apart
    ['float32', [0], [-0], false],
    ['int64', [0], [-0], true],
  ];
  test.each(pairs)('%s %j and %j: shared %j', (dataType, first, second, shared) => {
    const b = new GraphBuilder('constants');
    const one = b.constant(dataType, [first.length], first);
    const other = b.constant(dataType, [second.length], second);
    expect(one === other).toBe(shared);
    expect(b.build().initializers).toHaveLength(shared ? 1 : 2);
  });

  test('differ by type and by shape', () => {
    const b = new GraphBuilder('constants');
    const names = [
      b.constant('float32', [], [1]),
      b.constant('float32', [1], [1]),
      b.constant('float64', [], [1]),
      b.constant('int64', [], [1]),
      b.constant('int32', [], [1]),
      b.constant('float32', [2, 1], [1, 1]),
      b.constant('float32', [1, 2], [1, 1]),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  test('do not follow their elements when those change later', () => {
    const b = new GraphBuilder('constants');
    const elements = Float32Array.of(1, 2);
    const name = b.constant('float32', [2], elements);
    elements[0] = 9;
    expect(b.constant('float32', [2], [1, 2])).toBe(name);
  });

  test.each<[DataType, number[]]>([
    ['int64', [1.5]],
    ['int64', [NaN]],
    ['int64', [2 ** 53 + 2]],
    ['int32', [2 ** 31]],
    ['int8', [-129]],
    ['uint8', [256]],
    ['bool', [2]],
  ])('%s cannot hold %j', (dataType, elements) => {
    const b = new GraphBuilder('constants');
    expect(() => b.constant(dataType, [1], elements)).toThrow(code('INVALID_GRAPH'));
  });

  test('need one element per place of their shape', () => {
    const b = new GraphBuilder('constants');
    expect(() => b.constant('float32', [2, 3], [1, 2, 3, 4, 5])).toThrow(code('INVALID_GRAPH'));
    expect(() => b.initializer('w', 'float32', [], [])).toThrow(code('INVALID_GRAPH'));
    expect(b.constant('int64', [0], [])).toBe('const_0');
  });
});

test.each<[string, number | string | number[] | Attribute, Attribute]>([
  ['axis', 1, { type: 'int', value: 1 }],
  ['alpha', 1, { type: 'float', value: 1 }],
  ['epsilon', 1e-5, { type: 'float', value: 1e-5 }],
  // no integer attribute has such a value
  ['gamma', 1.5, { type: 'float', value: 1.5 }],
  ['mode', 'nearest', { type: 'string', value: 'nearest' }],
  ['perm', [1, 0], { type: 'ints', value: [1, 0] }],
  ['scales', { type: 'floats', value: [1, 2] }, { type: 'floats', value: [1, 2] }],
])('attribute %s %j', (name, value, expected) => {
  const b = new GraphBuilder('attributes');
  b.node('Op', [], { [name]: value });
  expect(b.build().nodes[0]?.attributes).toEqual({ [name]: expected });
});

describe('extend', () => {
  test('gives the graph back when nothing is added', () => {
    const graph = sample([1, 2], 0.5);
    expect(GraphBuilder.extend(graph).build()).toEqual(graph);
  });

  test('keeps names, counts on, and shares constants with the graph', () => {
    const graph = sample([1, 2], 0.5);
    const b = GraphBuilder.extend(graph);
    expect(b.constant('float32', [2], [1, 2])).toBe('const_0');
    expect(b.constant('float32', [2], [2, 1])).toBe('const_3');
    expect(b.node('Exp', ['sum'])).toBe('Exp_5');
    expect(b.build().nodes.slice(0, -1)).toEqual(graph.nodes);
  });

  test('is the same as never having stopped', () => {
    const start = (): GraphBuilder => {
      const b = new GraphBuilder('g');
      b.node('Exp', [b.input('x', 'float32', [2])]);
      b.constant('float32', [], [1]);
      return b;
    };
    const finish = (b: GraphBuilder): Graph => {
      b.output(b.node('Add', ['Exp_0', b.constant('float32', [], [2])]), 'float32', [2]);
      return b.build();
    };
    expect(finish(GraphBuilder.extend(start().build()))).toEqual(finish(start()));
  });

  test('leaves the first graph alone', () => {
    const graph = sample([1, 2], 0.5);
    const before = structuredClone(graph);
    const b = GraphBuilder.extend(graph);
    b.output(b.node('Exp', [b.input('more', 'float32', [1])]), 'float32', [1]);
    expect(graph).toEqual(before);
  });
});

test('a built graph does not change when its builder goes on', () => {
  const b = new GraphBuilder('snapshot');
  const x = b.input('x', 'float32', [1]);
  const graph = b.build();
  b.output(b.node('Exp', [x]), 'float32', [1]);
  expect(graph).toEqual({
    name: 'snapshot',
    nodes: [],
    initializers: [],
    inputs: [{ name: 'x', dataType: 'float32', shape: [1] }],
    outputs: [],
  });
});

test('the same calls give the same bytes in another process', () => {
  const program = `
    import { backward, encodeModel, GraphBuilder } from '@vqforge/onnx';
    import { createHash } from 'node:crypto';
    const b = new GraphBuilder('g');
    const x = b.input('x', 'float32', [2, 2]);
    const y = b.node('Mul', [b.node('Erf', [x]), b.constant('float32', [2], [0.1, 2])]);
    b.output(b.node('ReduceMean', [b.node('Gemm', [y, x])], { keepdims: 0 }, ['loss']), 'float32', []);
    const model = { irVersion: 8, opset: 17, producerName: '', graph: backward(b.build(), 'loss', ['x']).graph };
    console.log(createHash('sha256').update(encodeModel(model)).digest('hex'));`;
  const run = (): string =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
  expect(run()).toMatch(/^[0-9a-f]{64}\n$/);
  expect(run()).toBe(run());
  const model = (): Model => ({ irVersion: 8, opset: 17, producerName: '', graph: sample([1, 2], 0.5) });
  const digest = (): string => createHash('sha256').update(encodeModel(model())).digest('hex');
  expect(digest()).toBe(digest());
});
