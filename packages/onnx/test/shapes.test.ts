import { describe, expect, test } from 'vitest';
import { checkModel } from '../src/check.ts';
import { GraphBuilder } from '../src/builder.ts';
import type { Attribute } from '../src/model.ts';
import { model } from './models.ts';
import { findings, int, int64, ints, op } from './samples.ts';

describe('shapes', () => {
  interface ShapeCase {
    readonly op: string;
    readonly inputs: readonly string[];
    /** Constant int64 vectors among the inputs, by position. */
    readonly given?: Readonly<Record<number, readonly number[]>>;
    readonly attributes?: Record<string, Attribute>;
    /** The output, or undefined when the inputs do not go together. */
    readonly expected: string | undefined;
  }
  const f = (dims: string): string => `float32 ${dims}`.trim();
  const cases: ShapeCase[] = [
    { op: 'Add', inputs: [f('2 1 4'), f('3 1')], expected: f('2 3 4') },
    { op: 'Add', inputs: [f('N 4'), f('1')], expected: f('N 4') },
    { op: 'Add', inputs: [f('N 1'), f('7 4')], expected: f('7 4') },
    { op: 'Add', inputs: [f('2 3'), f('2 4')], expected: undefined },
    { op: 'Where', inputs: ['bool 3 1', f('1 4'), f('')], expected: f('3 4') },
    { op: 'Less', inputs: [f('3 1'), f('4')], expected: 'bool 3 4' },
    { op: 'Max', inputs: [f('3 1'), f('4'), f('')], expected: f('3 4') },
    {
      op: 'Gemm',
      inputs: [f('N 6'), f('64 6'), f('64')],
      attributes: { transB: int(1) },
      expected: f('N 64'),
    },
    { op: 'Gemm', inputs: [f('6 5'), f('6 7')], attributes: { transA: int(1) }, expected: f('5 7') },
    { op: 'Gemm', inputs: [f('5 6'), f('7 6')], expected: undefined },
    { op: 'Gemm', inputs: [f('5 6'), f('6 7'), f('8')], expected: undefined },
    { op: 'Gemm', inputs: [f('1 6'), f('6 7'), f('5 7')], expected: undefined },
    { op: 'Gemm', inputs: [f('6'), f('6 7')], expected: undefined },
    { op: 'MatMul', inputs: [f('8 1 2 3'), f('5 3 4')], expected: f('8 5 2 4') },
    { op: 'MatMul', inputs: [f('3'), f('3 4')], expected: f('4') },
    { op: 'MatMul', inputs: [f('2 3'), f('3')], expected: f('2') },
    { op: 'MatMul', inputs: [f('2 3'), f('4 5')], expected: undefined },
    { op: 'MatMul', inputs: [f(''), f('4 5')], expected: undefined },
    { op: 'Transpose', inputs: [f('2 3 4')], expected: f('4 3 2') },
    { op: 'Transpose', inputs: [f('2 3 4')], attributes: { perm: ints(1, 0, 2) }, expected: f('3 2 4') },
    { op: 'Transpose', inputs: [f('2 3 4')], attributes: { perm: ints(1, 1, 2) }, expected: undefined },
    { op: 'Reshape', inputs: [f('2 3 4')], given: { 1: [0, -1] }, expected: f('2 12') },
    { op: 'Reshape', inputs: [f('N 3 4')], given: { 1: [-1, 12] }, expected: f('N 12') },
    { op: 'Reshape', inputs: [f('2 3')], given: { 1: [4, 2] }, expected: undefined },
    { op: 'Reshape', inputs: [f('2 3')], given: { 1: [4, -1] }, expected: undefined },
    { op: 'Reshape', inputs: [f('2 3')], given: { 1: [-1, -1] }, expected: undefined },
    { op: 'Reshape', inputs: [f('2 3')], given: { 1: [-2, -3] }, expected: undefined },
    { op: 'Expand', inputs: [f('3 1')], given: { 1: [2, 1, 4] }, expected: f('2 3 4') },
    { op: 'Concat', inputs: [f('2 3'), f('2 4')], attributes: { axis: int(-1) }, expected: f('2 7') },
    { op: 'Concat', inputs: [f('2 3'), f('1 4')], attributes: { axis: int(1) }, expected: undefined },
    { op: 'Concat', inputs: [f('2 3'), f('2')], attributes: { axis: int(0) }, expected: undefined },
    { op: 'Concat', inputs: [f('2 3')], attributes: { axis: int(2) }, expected: undefined },
    { op: 'Split', inputs: [f('5 3')], given: { 1: [5] }, expected: f('5 3') },
    { op: 'Split', inputs: [f('5 3')], given: { 1: [4] }, expected: undefined },
    { op: 'Split', inputs: [f('5 3')], given: { 1: [2, 3] }, expected: undefined },
    { op: 'Slice', inputs: [f('10 3')], given: { 1: [2], 2: [-1], 3: [0], 4: [3] }, expected: f('3 3') },
    { op: 'Slice', inputs: [f('10')], given: { 1: [9], 2: [-11], 3: [0], 4: [-2] }, expected: f('5') },
    { op: 'Slice', inputs: [f('10')], given: { 1: [5], 2: [3] }, expected: f('0') },
    { op: 'Slice', inputs: [f('10')], given: { 1: [0], 2: [3], 3: [1] }, expected: undefined },
    { op: 'Slice', inputs: [f('10')], given: { 1: [0], 2: [3], 3: [0], 4: [0] }, expected: undefined },
    { op: 'Gather', inputs: [f('5 6'), 'int64 2 3'], attributes: { axis: int(1) }, expected: f('5 2 3') },
    { op: 'Gather', inputs: [f('5 6'), 'int64'], expected: f('6') },
    { op: 'ReduceSum', inputs: [f('2 3 4')], given: { 1: [-1] }, expected: f('2 3 1') },
    { op: 'ReduceSum', inputs: [f('2 3 4')], attributes: { keepdims: int(0) }, expected: f('') },
    {
      op: 'ReduceSum',
      inputs: [f('2 3 4')],
      attributes: { noop_with_empty_axes: int(1) },
      expected: f('2 3 4'),
    },
    { op: 'ReduceSum', inputs: [f('2 3')], given: { 1: [2] }, expected: undefined },
    {
      op: 'ReduceMean',
      inputs: [f('2 3 4')],
      attributes: { axes: ints(0, 2), keepdims: int(0) },
      expected: f('3'),
    },
    { op: 'Squeeze', inputs: [f('1 3 1')], given: { 1: [0] }, expected: f('3 1') },
    { op: 'Squeeze', inputs: [f('1 3 1')], expected: f('3') },
    { op: 'Squeeze', inputs: [f('1 3')], given: { 1: [1] }, expected: undefined },
    { op: 'Unsqueeze', inputs: [f('3 4')], given: { 1: [0, -1] }, expected: f('1 3 4 1') },
    { op: 'Unsqueeze', inputs: [f('3 4')], given: { 1: [0, 0] }, expected: undefined },
    { op: 'Cast', inputs: ['int64 3'], attributes: { to: int(1) }, expected: f('3') },
    { op: 'Shape', inputs: [f('3 N')], attributes: { start: int(-1) }, expected: 'int64 1' },
    { op: 'ConstantOfShape', inputs: [], given: { 0: [2, 3] }, expected: f('2 3') },
    { op: 'Constant', inputs: [], attributes: { value_ints: ints(1, 2) }, expected: 'int64 2' },
    {
      op: 'Conv',
      inputs: [f('N 3 65 97'), f('64 3 3 3'), f('64')],
      attributes: { strides: ints(2, 2) },
      expected: f('N 64 32 48'),
    },
    {
      op: 'Conv',
      inputs: [f('1 4 H 9'), f('6 2 3 3')],
      attributes: { group: int(2), pads: ints(1, 1, 1, 1), dilations: ints(1, 2) },
      expected: f('1 6 H 7'),
    },
    {
      op: 'Conv',
      inputs: [f('1 3 8 8'), f('4 3 3 3')],
      attributes: { auto_pad: { type: 'string', value: 'SAME_UPPER' }, strides: ints(2, 2) },
      expected: f('1 4 4 4'),
    },
    { op: 'Conv', inputs: [f('1 3 8 8'), f('4 2 3 3')], expected: undefined },
    { op: 'Conv', inputs: [f('1 3 8 8'), f('4 3 3 3'), f('5')], expected: undefined },
    { op: 'Conv', inputs: [f('1 3 2 2'), f('4 3 3 3')], expected: undefined },
    {
      op: 'Conv',
      inputs: [f('1 3 8 8'), f('4 3 3 3')],
      attributes: { kernel_shape: ints(5, 5) },
      expected: undefined,
    },
    {
      op: 'Conv',
      inputs: [f('1 3 8 8'), f('4 3 3 3')],
      attributes: { strides: ints(0, 1) },
      expected: undefined,
    },
    {
      op: 'MaxPool',
      inputs: [f('1 64 32 47')],
      attributes: { kernel_shape: ints(3, 3), strides: ints(2, 2) },
      expected: f('1 64 15 23'),
    },
    {
      op: 'MaxPool',
      inputs: [f('1 64 32 47')],
      attributes: { kernel_shape: ints(3, 3), strides: ints(2, 2), ceil_mode: int(1) },
      expected: f('1 64 16 23'),
    },
    { op: 'MaxPool', inputs: [f('1 64 32')], attributes: { kernel_shape: ints(3, 3) }, expected: undefined },
  ];

  /** The operator alone; `y` is declared as the graph's output where a type is given. */
  function inferred(
    { op: opType, inputs, given = {}, attributes = {} }: ShapeCase,
    declared?: string,
  ): string[] {
    const initializers = Object.entries(given).map(([index, elements]) =>
      int64(`in${index}`, [elements.length], ...elements),
    );
    const variables = Object.fromEntries(inputs.map((type, index) => [`in${index}`, type]));
    const names = [...Object.keys(variables), ...initializers.map(({ name }) => name)];
    const nodes = [op(opType, names, ['y'], attributes)];
    return findings({
      inputs: variables,
      initializers,
      nodes,
      outputs: declared === undefined ? {} : { y: declared },
    });
  }

  test.each(cases.filter(({ expected }) => expected === undefined))(
    '$op($inputs, $given) do not go together',
    (sample) => {
      expect(inferred(sample)).toEqual(['SHAPE_MISMATCH graph.node[0]']);
    },
  );

  test.each(cases.filter(({ expected }) => expected !== undefined))(
    '$op($inputs, $given) = $expected',
    (sample) => {
      const [type, ...dims] = sample.expected?.split(' ') ?? [];
      expect(inferred(sample, [type, ...dims].join(' '))).toEqual([]);
      // The inference must have come to a definite answer: another rank, another size or another type contradicts it.
      const others = dims.flatMap((dim, axis) => (/^\d+$/.test(dim) ? [dims.with(axis, `${dim}1`)] : []));
      for (const wrong of [[...dims, '1'], ...others]) {
        expect(inferred(sample, [type, ...wrong].join(' '))).toEqual(['SHAPE_MISMATCH graph.output[0]']);
      }
      expect(inferred(sample, ['int32', ...dims].join(' '))).toEqual(['TYPE_MISMATCH graph.output[0]']);
    },
  );

  test('follow sizes that are computed from shapes', () => {
    const b = new GraphBuilder('sizes');
    const x = b.input('x', 'float32', ['N', 6, 4]);
    const batch = b.node('Slice', [
      b.node('Shape', [x]),
      b.constant('int64', [1], [0]),
      b.constant('int64', [1], [1]),
    ]);
    const target = b.node('Concat', [batch, b.constant('int64', [2], [8, 3])], { axis: 0 });
    b.output(b.node('Reshape', [x, target]), 'float32', ['N', 8, 3]);
    expect(checkModel(model(b.build()))).toEqual([]);
    const outputs = b.build().outputs.map((output) => ({ ...output, shape: ['N', 8, 4] }));
    const wrong = { ...b.build(), outputs };
    expect(checkModel(model(wrong)).map(({ code }) => code)).toEqual(['SHAPE_MISMATCH']);
  });

  test('a chain of Unsqueeze cannot grow without bound', () => {
    const nodes = Array.from({ length: 3 }, (_, index) =>
      op('Unsqueeze', [`v${index}`, 'axes'], [`v${index + 1}`]),
    );
    const initializers = [int64('axes', [40], ...Array.from({ length: 40 }, (_, axis) => axis))];
    expect(findings({ inputs: { v0: 'float32' }, nodes, initializers })).toEqual([
      'SHAPE_MISMATCH graph.node[1]',
    ]);
  });
});
