import { describe, expect, test } from 'vitest';
import { GraphBuilder, type AttributeInput } from '../src/builder.ts';
import { GRADIENT_RULES } from '../src/gradient-rules.ts';
import { erf } from './helpers/erf.ts';
import { gradientProblems } from './helpers/gradient-check.ts';
import { interpret } from './helpers/float64-interpreter.ts';
import { TestRandom } from './helpers/random.ts';
import { build, sizeOf, type Tensor64 } from './helpers/tensor64.ts';

/** One random use of an operator. */
interface Case {
  readonly shapes: readonly (readonly number[])[];
  /** Range that the operator's inputs are drawn from. */
  readonly range?: readonly [number, number];
  /** Constant int64 inputs, such as axes, that follow the differentiable ones. */
  readonly integers?: readonly number[];
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
  readonly outputs?: number;
}

const anyShape = (random: TestRandom): Case => ({ shapes: [random.shape(3)], range: [-2, 2] });

const broadcastPair = (random: TestRandom, range: readonly [number, number] = [-2, 2]): Case => {
  const shape = random.shape(3);
  // both sides may be the smaller one on some axis: [3, 1] with [1, 4]
  return { shapes: [random.broadcastable(shape), random.broadcastable(shape)], range };
};

/** Sizes that sum to `total`. */
const partition = (random: TestRandom, total: number): number[] => {
  const first = random.integer(1, total);
  return first === total ? [total] : [first, ...partition(random, total - first)];
};

const signedAxis = (random: TestRandom, axis: number, rank: number): number =>
  random.chance(0.5) ? axis : axis - rank;

const axesOf = (random: TestRandom, shape: readonly number[], wanted: (dim: number) => boolean): number[] =>
  shape.flatMap((dim, axis) => (wanted(dim) ? [signedAxis(random, axis, shape.length)] : []));

const reduction = (random: TestRandom): { shape: number[]; axes: number[]; keepdims: number } => {
  const shape = random.shape(3);
  return { shape, axes: axesOf(random, shape, () => random.chance(0.5)), keepdims: random.integer(0, 1) };
};

const CASES: Readonly<Record<string, (random: TestRandom) => Case>> = {
  Identity: anyShape,
  Neg: anyShape,
  Add: broadcastPair,
  Sub: broadcastPair,
  Mul: broadcastPair,
  Div: (random) => broadcastPair(random, [0.5, 2]),
  Sqrt: (random) => ({ ...anyShape(random), range: [0.5, 2] }),
  Exp: anyShape,
  Erf: anyShape,
  Softplus: anyShape,
  // differences across the kink at 0 would be of two slopes
  LeakyRelu: (random) => ({
    ...anyShape(random),
    range: random.pick([
      [-2, -0.1],
      [0.1, 2],
    ] as const),
    ...(random.chance(0.7) && { attributes: { alpha: random.pick([0.2, 0.5, 0]) } }),
  }),

  Gemm: (random) => {
    const [rows, inner, columns] = [random.integer(1, 4), random.integer(1, 4), random.integer(1, 4)];
    const transA = random.integer(0, 1);
    const transB = random.integer(0, 1);
    const bias = random.pick([
      [],
      [1],
      [columns],
      [1, columns],
      [rows, 1],
      [1, 1],
      [rows, columns],
      undefined,
    ]);
    return {
      shapes: [
        transA ? [inner, rows] : [rows, inner],
        transB ? [columns, inner] : [inner, columns],
        ...(bias === undefined ? [] : [bias]),
      ],
      attributes: {
        ...(random.chance(0.5)
          ? { transA, transB }
          : { ...(transA && { transA }), ...(transB && { transB }) }),
        ...(random.chance(0.5) && { alpha: random.pick([0, 1, -0.75, 2]) }),
        ...(random.chance(0.5) && { beta: random.pick([0, 1, -0.25, 3]) }),
      },
    };
  },

  MatMul: (random) => {
    const inner = random.integer(1, 4);
    return {
      shapes: [
        [random.integer(1, 4), inner],
        [inner, random.integer(1, 4)],
      ],
    };
  },

  Transpose: (random) => {
    const shape = random.shape(4);
    const perm = random.shuffled(shape.map((_, axis) => axis));
    return { shapes: [shape], ...(random.chance(0.7) && { attributes: { perm } }) };
  },

  Reshape: (random) => {
    const shape = random.shape(3, 1);
    const target = random.pick([[sizeOf(shape)], [-1], [0, -1], [1, sizeOf(shape), 1], [...shape].reverse()]);
    return { shapes: [shape], integers: target };
  },

  Squeeze: (random) => {
    const shape = random.shape(4).map((dim) => (random.chance(0.4) ? 1 : dim));
    const axes = axesOf(random, shape, (dim) => dim === 1);
    return { shapes: [shape], ...(axes.length > 0 && random.chance(0.7) && { integers: axes }) };
  },

  Unsqueeze: (random) => {
    const shape = random.shape(3);
    const rank = shape.length + random.integer(1, 2);
    const axes = random
      .shuffled(Array.from({ length: rank }, (_, axis) => axis))
      .slice(0, rank - shape.length);
    return { shapes: [shape], integers: axes.map((axis) => signedAxis(random, axis, rank)) };
  },

  Split: (random) => {
    const shape = random.shape(3, 1);
    const axis = random.integer(0, shape.length - 1);
    const sizes = partition(random, shape.at(axis)!);
    return {
      shapes: [shape],
      integers: sizes,
      outputs: sizes.length,
      attributes: axis === 0 && random.chance(0.5) ? {} : { axis: signedAxis(random, axis, shape.length) },
    };
  },

  Concat: (random) => {
    const shape = random.shape(3, 1);
    const axis = random.integer(0, shape.length - 1);
    const parts = Array.from({ length: random.integer(1, 3) }, () => shape.with(axis, random.integer(1, 4)));
    return { shapes: parts, attributes: { axis: signedAxis(random, axis, shape.length) } };
  },

  ReduceSum: (random) => {
    const { shape, axes, keepdims } = reduction(random);
    const listed = axes.length > 0 || random.chance(0.5);
    return {
      shapes: [shape],
      ...(listed && { integers: axes }),
      attributes: keepdims === 1 && random.chance(0.5) ? {} : { keepdims },
    };
  },

  ReduceMean: (random) => {
    const { shape, axes, keepdims } = reduction(random);
    return { shapes: [shape], attributes: { keepdims, ...(axes.length > 0 && { axes }) } };
  },
};

/** Checks loss = Σ over outputs of Σ weight · output, each output under its own random weights. */
function problemsOf(opType: string, use: Case, random: TestRandom): string[] {
  const { shapes, range = [-1, 1], integers, attributes = {}, outputs = 1 } = use;
  const b = new GraphBuilder(opType);
  const inputs = shapes.map((shape, i) => b.input(`x${i}`, 'float32', shape));
  const feeds: Record<string, Tensor64> = Object.fromEntries(
    shapes.map((shape, i) => [`x${i}`, { shape, data: random.uniform(sizeOf(shape), ...range) }]),
  );
  const constants = integers === undefined ? [] : [b.constant('int64', [integers.length], integers)];
  const values = b.nodes(opType, [...inputs, ...constants], attributes, outputs);
  // a Split may have outputs that no node reads: their gradient is zero
  const read = values.filter((_, i) => i === 0 || random.chance(0.8));
  const seen = interpret(b.build(), feeds);
  const terms = read.map((value) => {
    const { shape } = seen.get(value)!;
    const elements = random.uniform(sizeOf(shape), 0.5, 2);
    const weights = b.initializer(`weight_of_${value}`, 'float32', shape, elements);
    return b.node('ReduceSum', [b.node('Mul', [value, weights])], { keepdims: 0 });
  });
  const loss = terms.reduce((sum, term) => b.node('Add', [sum, term]));
  b.output(loss, 'float32', []);
  return [
    ...gradientProblems(b.build(), loss, inputs, feeds),
    // a rule asked for one input alone gives the same
    ...gradientProblems(b.build(), loss, [random.pick(inputs)], feeds),
  ];
}

describe('gradient rules against central differences', () => {
  test.each(Object.keys(GRADIENT_RULES))('%s', (opType) => {
    const draw = CASES[opType];
    if (draw === undefined) throw new Error(`the rule of ${opType} has no case here: write one`);
    for (let seed = 1; seed <= 30; seed++) {
      const random = new TestRandom(seed);
      expect(problemsOf(opType, draw(random), random)).toEqual([]);
    }
  });

  test('no case is left over', () => {
    expect(Object.keys(CASES).filter((opType) => !Object.hasOwn(GRADIENT_RULES, opType))).toEqual([]);
  });
});

test.each(['Add', 'Sub', 'Mul', 'Div'])('%s may read a value twice', (opType) => {
  const b = new GraphBuilder(opType);
  const x = b.input('x', 'float32', [3]);
  const loss = b.node('ReduceSum', [b.node('Mul', [b.node(opType, [x, x]), x])], { keepdims: 0 });
  b.output(loss, 'float32', []);
  const feeds = { x: { shape: [3], data: Float64Array.of(0.5, 1, -1.5) } };
  expect(gradientProblems(b.build(), loss, [x], feeds)).toEqual([]);
});

test('Gemm may read a value three times', () => {
  const b = new GraphBuilder('Gemm');
  const x = b.input('x', 'float32', [3, 3]);
  const loss = b.node('ReduceSum', [b.node('Gemm', [x, x, x], { transA: 1, alpha: 0.5 })], { keepdims: 0 });
  b.output(loss, 'float32', []);
  const feeds = { x: build([3, 3], (i, j) => i - 0.3 * j + 0.1) };
  expect(gradientProblems(b.build(), loss, [x], feeds)).toEqual([]);
});

// scipy.special.erf of SciPy 1.17.1; 4 ulp for a series of up to a hundred terms
test.each([
  [0, 0],
  [1e-8, 1.1283791670955125e-8],
  [0.1, 0.1124629160182849],
  [-0.3, -0.3286267594591274],
  [0.84375, 0.7672256612323416],
  [1.5, 0.9661051464753108],
  [2.857, 0.9999466417399131],
  [5, 0.9999999999984626],
  [-7, -1],
])('the interpreter knows erf(%d)', (x, expected) => {
  expect(Math.abs(erf(x) - expected)).toBeLessThanOrEqual(4 * Number.EPSILON * Math.abs(expected));
});
