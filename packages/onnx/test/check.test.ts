import { describe, expect, test } from 'vitest';
import { assertValidModel, checkModel } from '../src/check.ts';
import type { Graph, Model, Node, ValueInfo } from '../src/model.ts';
import { MODELS, regressor, training } from './models.ts';
import { findings, int, int64, ints, op, value } from './samples.ts';
import type { Sample } from './samples.ts';

test.each(Object.entries(MODELS))('%s is valid', (_, build) => {
  expect(checkModel(build())).toEqual([]);
});

describe('names', () => {
  const inputs = { x: 'float32 2' };
  const cases: Record<string, [Sample, ...string[]]> = {
    'a value that nothing defines': [
      { inputs, nodes: [op('Relu', ['z'], ['y'])] },
      'UNDEFINED_NAME graph.node[0].input[0]',
    ],
    'a value used before it is computed': [
      { inputs, nodes: [op('Relu', ['b'], ['a']), op('Relu', ['x'], ['b'])] },
      'NOT_SORTED graph.node[0].input[0]',
    ],
    'a node that reads its own output': [
      { nodes: [op('Relu', ['a'], ['a'])] },
      'NOT_SORTED graph.node[0].input[0]',
    ],
    'a value assigned twice': [
      { inputs, nodes: [op('Relu', ['x'], ['y']), op('Neg', ['x'], ['y'])] },
      'DUPLICATE_NAME graph.node[1].output[0]',
    ],
    'an initializer named as an input': [
      { inputs: { x: 'int64' }, initializers: [int64('x', [], 1)] },
      'DUPLICATE_NAME graph.initializer[0]',
      'UNUSED_INITIALIZER graph.initializer[0]',
    ],
    'an output that nothing defines': [{ outputs: { y: 'float32' } }, 'UNDEFINED_NAME graph.output[0]'],
    'an initializer that nothing uses': [
      { initializers: [int64('unused', [1], 1)] },
      'UNUSED_INITIALIZER graph.initializer[0]',
    ],
    'a tensor with the wrong number of bytes': [
      { initializers: [{ ...int64('t', [1], 1), dims: [3] }], outputs: { t: 'int64 3' } },
      'BAD_TENSOR graph.initializer[0]',
    ],
  };
  test.each(Object.entries(cases))('finds %s', (_, [sample, ...expected]) => {
    expect(findings(sample)).toEqual(expected);
  });
});

describe('operators', () => {
  const inputs = { x: 'float32 2 3', i: 'int64 2', b: 'bool 2', d: 'float64 2 3' };
  const cases: Record<string, [Node, string]> = {
    'an unknown operator': [op('Frobnicate', ['x'], ['y']), 'UNKNOWN_OP'],
    'the name of an object property': [op('constructor', ['x'], ['y']), 'UNKNOWN_OP'],
    'a missing input': [op('Add', ['x'], ['y']), 'BAD_ARITY'],
    'an omitted input that is needed': [op('Add', ['x', ''], ['y']), 'BAD_ARITY'],
    'too many inputs': [op('Relu', ['x', 'x'], ['y']), 'BAD_ARITY'],
    'no output': [op('Relu', ['x'], []), 'BAD_ARITY'],
    'no input where at least one is needed': [op('Concat', [], ['y'], { axis: int(0) }), 'BAD_ARITY'],
    'an unknown attribute': [op('Relu', ['x'], ['y'], { slope: int(1) }), 'BAD_ATTRIBUTE'],
    'an attribute of the wrong type': [
      op('Concat', ['x'], ['y'], { axis: { type: 'float', value: 0 } }),
      'BAD_ATTRIBUTE',
    ],
    'a missing attribute': [op('Concat', ['x', 'x'], ['y']), 'BAD_ATTRIBUTE'],
    'an attribute that came with opset 18': [
      op('Split', ['x'], ['y'], { num_outputs: int(1) }),
      'BAD_ATTRIBUTE',
    ],
    'mixed element types': [op('Add', ['x', 'd'], ['y']), 'TYPE_MISMATCH'],
    'an element type the operator does not take': [op('Sqrt', ['i'], ['y']), 'TYPE_MISMATCH'],
    'a condition that is not bool': [op('Where', ['x', 'x', 'x'], ['y']), 'TYPE_MISMATCH'],
    'a cast to a type of no name': [op('Cast', ['x'], ['y'], { to: int(10) }), 'SHAPE_MISMATCH'],
  };
  test.each(Object.entries(cases))('finds %s', (_, [node, code]) => {
    expect(findings({ inputs, nodes: [node] })).toEqual([`${code} graph.node[0]`]);
  });

  test('axes of ReduceMean are an attribute in opset 17 and an input in opset 18', () => {
    const byAttribute = { inputs, nodes: [op('ReduceMean', ['x'], ['y'], { axes: ints(1) })] };
    const byInput = {
      inputs,
      nodes: [op('ReduceMean', ['x', 'a'], ['y'])],
      initializers: [int64('a', [1], 1)],
    };
    expect([findings(byAttribute, 17), findings(byAttribute, 18)]).toEqual([
      [],
      ['BAD_ATTRIBUTE graph.node[0]'],
    ]);
    expect([findings(byInput, 17), findings(byInput, 18)]).toEqual([['BAD_ARITY graph.node[0]'], []]);
    expect(findings({}, 16)).toEqual(['BAD_VERSION ']);
  });
});

describe('graphs within graphs', () => {
  /** The training model with its Loop's body, or the Scan's body in that, changed. */
  function changed(where: 'loop' | 'scan', change: (body: Graph) => Partial<Graph>): string[] {
    const within = (graph: Graph, levels: number): Graph => {
      if (levels === 0) return { ...graph, ...change(graph) };
      const nodes = graph.nodes.map((node) => {
        const body = node.attributes['body'];
        if (body?.type !== 'graph') return node;
        return {
          ...node,
          attributes: {
            ...node.attributes,
            body: { type: 'graph', value: within(body.value, levels - 1) } as const,
          },
        };
      });
      return { ...graph, nodes };
    };
    const whole = training();
    return checkModel({ ...whole, graph: within(whole.graph, where === 'loop' ? 1 : 2) }).map(
      ({ code, path }) => `${code} ${path}`,
    );
  }

  test('see the names around them, and do not take them again', () => {
    expect(changed('scan', ({ nodes }) => ({ nodes: [...nodes, op('Neg', ['w_in'], ['extra'])] }))).toEqual(
      [],
    );
    expect(changed('scan', ({ nodes }) => ({ nodes: [...nodes, op('Neg', ['w_in'], ['batches'])] }))).toEqual(
      ['DUPLICATE_NAME graph.node[0].body.node[1].body.node[6].output[0]'],
    );
    expect(
      changed('scan', ({ nodes }) => ({ nodes: [...nodes, op('Neg', ['nowhere'], ['extra'])] })),
    ).toEqual(['UNDEFINED_NAME graph.node[0].body.node[1].body.node[6].input[0]']);
  });

  test('receive and return as many values as their operator passes', () => {
    expect(changed('loop', ({ inputs }) => ({ inputs: [...inputs, value('more', 'float32')] }))).toEqual([
      'BAD_ARITY graph.node[0].body',
    ]);
    expect(changed('loop', ({ outputs }) => ({ outputs: outputs.slice(0, 2) }))).toEqual([
      'BAD_ARITY graph.node[0].body',
    ]);
    expect(changed('scan', ({ outputs }) => ({ outputs: outputs.slice(0, 1) }))).toEqual([
      'BAD_ARITY graph.node[0].body.node[1].body',
    ]);
  });

  test('receive the types and slices that their operator passes', () => {
    const renamed = (graph: Graph, index: number, type: string): ValueInfo[] =>
      graph.inputs.map((input, at) => (at === index ? value(input.name, type) : input));
    expect(changed('scan', (body) => ({ inputs: renamed(body, 1, 'float32 rows 2') }))).toContain(
      'SHAPE_MISMATCH graph.node[0].body.node[1].body.input[1]',
    );
    expect(changed('scan', (body) => ({ inputs: renamed(body, 0, 'float64 1 1') }))).toContain(
      'TYPE_MISMATCH graph.node[0].body.node[1].body.input[0]',
    );
    expect(changed('loop', (body) => ({ inputs: renamed(body, 0, 'float32') }))).toContain(
      'TYPE_MISMATCH graph.node[0].body.input[0]',
    );
  });
});

test('assertValidModel throws INVALID_GRAPH with what was found', () => {
  assertValidModel(regressor());
  const broken: Model = { ...regressor(), graph: { ...regressor().graph, inputs: [] } };
  expect(() => assertValidModel(broken)).toThrow(expect.objectContaining({ code: 'INVALID_GRAPH' }));
  expect(() => assertValidModel(broken)).toThrow(
    /UNDEFINED_NAME at graph\.node\[0\]\.input\[0\]: "features"/,
  );
});
