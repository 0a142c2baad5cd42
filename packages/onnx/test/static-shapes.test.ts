import { describe, expect, test } from 'vitest';
import { GraphBuilder, type AttributeInput } from '../src/builder.ts';
import { staticShapes } from '../src/static-shapes.ts';

interface Use {
  /** Shapes of the float inputs, '2 3' or 'batch 3'. */
  readonly of: readonly string[];
  /** Constant int64 input that follows the others. */
  readonly integers?: readonly number[];
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
  readonly outputs?: number;
}

/** Shapes of the outputs of one node, as they are written in `Use`. */
function shapesOf(
  opType: string,
  { of, integers, attributes = {}, outputs = 1 }: Use,
): (string | undefined)[] {
  const b = new GraphBuilder(opType);
  const inputs = of.map((shape, i) => {
    const dims = shape.split(' ').filter((dim) => dim !== '');
    return b.input(
      `x${i}`,
      'float32',
      dims.map((dim) => (/^\d/.test(dim) ? Number(dim) : dim)),
    );
  });
  const constants = integers === undefined ? [] : [b.constant('int64', [integers.length], integers)];
  const values = b.nodes(opType, [...inputs, ...constants], attributes, outputs);
  const shapes = staticShapes(b.build());
  return values.map((value) => shapes.get(value)?.join(' '));
}

describe('shapes by the definitions of https://onnx.ai/onnx/operators/', () => {
  test.each<[string, Use, ...string[]]>([
    ['Exp', { of: [''] }, ''],
    ['Add', { of: ['2 1 3', '4 1'] }, '2 4 3'],
    ['Mul', { of: ['', '5'] }, '5'],
    ['Div', { of: ['0', '1'] }, '0'],
    ['Gemm', { of: ['2 3', '4 3', '4'], attributes: { transB: 1 } }, '2 4'],
    ['Gemm', { of: ['3 2', '3 4'], attributes: { transA: 1 } }, '2 4'],
    ['MatMul', { of: ['2 3', '3 4'] }, '2 4'],
    ['MatMul', { of: ['5 1 2 3', '6 3 4'] }, '5 6 2 4'],
    ['Transpose', { of: ['2 3 4'] }, '4 3 2'],
    ['Transpose', { of: ['2 3 4'], attributes: { perm: [1, 2, 0] } }, '3 4 2'],
    ['Reshape', { of: ['2 3 4'], integers: [0, -1] }, '2 12'],
    ['Reshape', { of: ['1'], integers: [] }, ''],
    ['Expand', { of: ['3 1'], integers: [2, 1, 4] }, '2 3 4'],
    ['Squeeze', { of: ['1 2 1'] }, '2'],
    ['Squeeze', { of: ['1 2 1'], integers: [-1] }, '1 2'],
    ['Unsqueeze', { of: ['2 3'], integers: [0, -1] }, '1 2 3 1'],
    ['Unsqueeze', { of: ['2 3'], integers: [-2, 1] }, '2 1 1 3'],
    ['Split', { of: ['5 2'], integers: [1, 4], outputs: 2 }, '1 2', '4 2'],
    ['Split', { of: ['2 5'], integers: [5], attributes: { axis: -1 } }, '2 5'],
    ['Concat', { of: ['2 1', '2 3'], attributes: { axis: -1 } }, '2 4'],
    ['ReduceSum', { of: ['2 3'] }, '1 1'],
    ['ReduceSum', { of: ['2 3'], integers: [-1], attributes: { keepdims: 0 } }, '2'],
    ['ReduceMean', { of: ['2 3'], attributes: { axes: [0], keepdims: 0 } }, '3'],
    ['ReduceMean', { of: ['2 3'], integers: [0] }, '1 3'],
  ])('%s of %j', (opType, use, ...expected) => {
    expect(shapesOf(opType, use)).toEqual(expected);
  });
});

describe('what is not known is left out', () => {
  test.each<[string, string, Use]>([
    ['a symbolic dimension', 'Exp', { of: ['batch 3'] }],
    ['one side unknown', 'Add', { of: ['3', 'batch 3'] }],
    ['an operator outside the table', 'NonZero', { of: ['3'] }],
    ['shapes that do not broadcast', 'Add', { of: ['2', '3'] }],
    ['shapes that do not broadcast', 'Expand', { of: ['2'], integers: [3] }],
    ['shapes that do not broadcast', 'MatMul', { of: ['2 3 4', '5 4 3'] }],
  ])('%s: %s of %j', (_, opType, use) => {
    expect(shapesOf(opType, use)).toEqual([undefined]);
  });

  test.each(['Squeeze', 'Unsqueeze', 'ReduceSum', 'ReduceMean', 'Reshape', 'Expand', 'Split'])(
    '%s whose second input is computed',
    (opType) => {
      const b = new GraphBuilder(opType);
      const value = b.node(opType, [b.input('x', 'float32', [1, 2]), b.input('axes', 'int64', [1])]);
      expect(staticShapes(b.build()).get(value)).toBeUndefined();
    },
  );
});
