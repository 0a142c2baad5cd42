// Regressor graphs that nobody meant well, for tools/long/hostile-graphs.mjs. Each maker takes a source of random numbers.
import { encodeModel, GraphBuilder } from '../../packages/onnx/dist/index.js';

/** Rows of a short run, which a graph may claim to know. */
export const FEW_ROWS = 5;
/** Operators whose sizes cannot be proved, or that are not allowed. */
const OTHER_OPS = [
  'CumSum',
  'Tile',
  'Range',
  'OneHot',
  'NonZero',
  'RandomNormalLike',
  'Loop',
  'Expand',
  'Slice',
  'Pad',
  'GatherND',
  'LayerNormalization',
  'Dropout',
];
const UNARY = [
  'Relu',
  'Tanh',
  'Sigmoid',
  'Exp',
  'Abs',
  'Neg',
  'Sqrt',
  'Erf',
  'Identity',
  'Log',
  'Elu',
  'Selu',
  'HardSwish',
  'Softplus',
  'Softsign',
  'Reciprocal',
  'LeakyRelu',
  'HardSigmoid',
];
const BINARY = ['Add', 'Mul', 'Sub', 'Div', 'Max', 'Min', 'Pow', 'Sum', 'Mean', 'PRelu'];

export const GRAPHS = { random: randomGraph, grown: grownGraph, mixed: mixedGraph, lying: lyingGraph };

/** One graph under construction: values that later nodes may read, and a way to write it down. */
function draft(random) {
  const width = 1 + Math.floor(8 * random());
  const builder = new GraphBuilder('hostile');
  const values = [builder.input('features', 'float32', ['batch', width])];
  const ops = [];
  const below = (n) => Math.floor(n * random());
  const pick = (list) => list[below(list.length)];
  const floats = (dims) =>
    builder.constant(
      'float32',
      dims,
      Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1),
    );
  const integers = (list) => builder.constant('int64', [list.length], list);
  const add = (op, inputs, attributes = {}) => {
    ops.push(op);
    const name = builder.node(op, inputs, attributes);
    values.push(name);
    return name;
  };
  return { inputWidth: width, width, builder, values, ops, below, pick, floats, integers, add };
}

/** Ends a draft in `score`, most often by what makes one value per row of the value. */
function finished(
  { inputWidth, builder, values, ops, width, pick, floats, integers, add },
  value = values.at(-1),
) {
  const ends = [
    () => value,
    () => add('Reshape', [add('Gemm', [value, floats([width, 1])]), integers([-1])]),
    () => add('ReduceMean', [value], { axes: [1], keepdims: 0 }),
    () => add('ReduceSum', [value, integers([1])], { keepdims: 0 }),
    () => add('Squeeze', [value, integers([1])]),
    () => add('Reshape', [value, integers([-1])]),
    () => add('Squeeze', [add('Slice', [value, integers([0]), integers([1]), integers([1])]), integers([1])]),
  ];
  builder.output(builder.node('Identity', [pick(ends)()], {}, ['score']), 'float32', ['batch']);
  const bytes = encodeModel({ irVersion: 8, opset: 17, producerName: 'other', graph: builder.build() });
  return { bytes, width: inputWidth, text: ops.join(' ') };
}

/** Any operators on any values. */
function randomGraph(random) {
  const d = draft(random);
  for (let left = 1 + d.below(10); left > 0; left--) step(d);
  return finished(d);
}

function step(d) {
  const { below, pick, values, floats, integers, add } = d;
  // mostly the last one, or few graphs would be right
  const value = below(4) > 0 ? values.at(-1) : pick(values);
  const other = () =>
    below(2) === 0 ? pick(values) : floats(pick([[1], [1, 1], [d.width], [below(64) + 1], [2, 1, 1]]));
  const next = 1 + below(64);
  const widened = () => void (d.width = next);
  const steps = [
    ...Array.from({ length: 6 }, () => () => add(pick(UNARY), [value], {})),
    ...Array.from(
      { length: 4 },
      () => () => add(pick(BINARY), [value, floats(pick([[1], [1, 1], [d.width]]))]),
    ),
    () => add(pick(BINARY), [value, other()]),
    () =>
      widened(add('Gemm', [value, floats([d.width, next])], pick([{}, {}, {}, { transA: 1 }, { alpha: 2 }]))),
    () => widened(add('MatMul', [value, floats([d.width, next])])),
    () => add('MatMul', [value, other()]),
    () => add('Concat', [value, other(), ...(below(2) ? [value] : [])], { axis: below(3) - 1 }),
    () =>
      add('Reshape', [value, integers(pick([[-1], [0, -1], [-1, 1], [1, -1], [0, 1, -1], [-1, d.width]]))]),
    () =>
      add('Transpose', [value], {
        perm: pick([
          [1, 0],
          [0, 1],
          [0, 2, 1],
        ]),
      }),
    () => add('Unsqueeze', [value, integers([below(3)])]),
    () => add('Squeeze', [value, integers([below(2)])]),
    () =>
      add(pick(['ReduceMean', 'ReduceMax', 'ReduceMin']), [value], { axes: [below(2)], keepdims: below(2) }),
    () => add('Softmax', [value], { axis: below(3) - 1 }),
    () => add('Gather', [value, integers([below(4), below(4)])], { axis: below(2) }),
    () => add('Gather', [floats([16]), add('Cast', [value], { to: 7 })]),
    () => add('BatchNormalization', [value, ...[1, 2, 3, 4].map(() => floats([d.width]))]),
    () => add('InstanceNormalization', [add('Unsqueeze', [value, integers([1])]), floats([1]), floats([1])]),
    () =>
      add('Conv', [add('Unsqueeze', [value, integers([1])]), floats([1 + below(4), 1, 1 + below(3)])], {
        pads: [1, 1],
      }),
    () =>
      add('MaxPool', [add('Unsqueeze', [value, integers([1])])], {
        kernel_shape: [1 + below(3)],
        strides: [1 + below(2)],
      }),
    () => add('GlobalAveragePool', [add('Unsqueeze', [value, integers([below(2)])])]),
    () => add('Clip', [value, floats([]), floats([])]),
    () => add('ReduceProd', [value], { axes: [below(2)], keepdims: 1 }),
    () => add('Flatten', [value], { axis: below(3) }),
    // without a rule for their sizes, or not allowed: refused
    () => add(pick(OTHER_OPS), [value, other()]),
  ];
  try {
    pick(steps)();
  } catch {
    // the builder itself refuses what it cannot write
  }
}

/** Memory that grows: outer products, broadcasts, concatenations of what was concatenated, wide layers. */
function grownGraph(random) {
  const d = draft(random);
  const { below, pick, floats, integers, add, values } = d;
  let value = values[0];
  const grow = [
    () =>
      add(
        'Concat',
        Array.from({ length: 2 + below(30) }, () => value),
        { axis: 1 },
      ),
    () => add('MatMul', [add('Unsqueeze', [value, integers([2])]), floats([1, 1 + below(2000)])]),
    () => add('Mul', [add('Unsqueeze', [value, integers([2])]), add('Unsqueeze', [value, integers([1])])]),
    () => add('Add', [value, add('Transpose', [value], { perm: [1, 0] })]),
    () => add('Gemm', [value, floats([d.width, 1 + below(4000)])]),
    () => add('Gather', [value, integers(Array.from({ length: 1 + below(60) }, () => 0))], { axis: 1 }),
    () => add('Expand', [value, integers([1, 1 + below(10 ** (1 + below(7)))])]),
    () => add('Pad', [value, integers([0, 0, 0, 10 ** below(8)])]),
    () => add('Resize', [add('Unsqueeze', [value, integers([1])]), '', builderScale(d)], {}),
    () =>
      add('Add', [add('Reshape', [value, integers([-1, 1])]), add('Reshape', [value, integers([1, -1])])]),
  ];
  for (let left = 1 + below(4); left > 0; left--) {
    try {
      value = pick(grow)();
    } catch {
      // as above
    }
  }
  return finished(d, value);
}

function builderScale({ builder, below }) {
  return builder.constant('float32', [3], [1, 1, 1 + below(10_000)]);
}

/** Rows that see each other, in some spelling, before an honest end. */
function mixedGraph(random) {
  const d = draft(random);
  const { below, pick, floats, integers, add, values } = d;
  const [features] = values;
  const turned = () => add('Transpose', [features], { perm: [1, 0] });
  const mix = [
    () => add('ReduceMean', [features], { axes: [pick([0, -2])], keepdims: 1 }),
    () => add('Softmax', [features], { axis: pick([0, -2]) }),
    () => add('Transpose', [add('Softmax', [turned()], { axis: pick([1, -1]) })], { perm: [1, 0] }),
    () => add('MatMul', [add('MatMul', [features, turned()]), features]),
    () => add('Gather', [features, integers([0])], { axis: pick([0, -2]) }),
    () => add('Slice', [features, integers([0]), integers([1]), integers([pick([0, -2])])]),
    () => add('LayerNormalization', [features, floats([1]), floats([1])], { axis: pick([0, -2]) }),
    () => add('Reshape', [add('Reshape', [turned(), integers([-1])]), integers([-1, d.width])]),
    () => add('Reshape', [features, integers([d.width, -1])]),
    () => add('Flatten', [features], { axis: 0 }),
    () => add('Gemm', [features, features], { transA: 1 }),
    () =>
      add('Concat', [add('Slice', [features, integers([1]), integers([99]), integers([0])]), features], {
        axis: 0,
      }),
    () =>
      add('Unsqueeze', [
        add('ReduceMax', [add('Unsqueeze', [features, integers([0])])], { axes: [1], keepdims: 0 }),
        integers([0]),
      ]),
  ];
  const seen = pick(mix)();
  const value = pick([
    () => add('Sub', [features, seen]),
    () => add('Mul', [seen, features]),
    () => seen,
    () => add('Add', [features, add('Mul', [seen, floats([1])])]),
  ])();
  for (let left = below(3); left > 0; left--) add(pick(UNARY), [value]);
  return finished(d, value);
}

/** Outputs of another length than they are declared with. */
function lyingGraph(random) {
  const d = draft(random);
  const { below, pick, floats, integers, add, values } = d;
  const column = add('Gemm', [values[0], floats([d.width, 1])]);
  const ends = [
    () => add('Reshape', [add('Concat', [column, column], { axis: below(2) }), integers([-1])]),
    () => add('Reshape', [add('ReduceMean', [column], { axes: [0], keepdims: 0 }), integers([-1])]),
    () => add('Squeeze', [column, integers([pick([0, 1, -1])])]),
    () =>
      add('Slice', [
        add('Reshape', [column, integers([-1])]),
        integers([below(2)]),
        integers([1 + below(9)]),
        integers([0]),
      ]),
    () => add('Squeeze', [add('Shape', [column])]),
    () =>
      add('Gather', [
        add('Reshape', [column, integers([-1])]),
        integers(Array.from({ length: 1 + below(5) }, () => below(2))),
      ]),
    () => add('Cast', [add('Reshape', [column, integers([-1])])], { to: pick([1, 6, 7, 11]) }),
    () => add('Reshape', [values[0], integers([-1])]),
    () => column,
    () => add('Expand', [add('Reshape', [column, integers([-1])]), integers([1 + below(8), 1])]),
    () => floats([FEW_ROWS]),
    () => add('Pad', [add('Reshape', [column, integers([-1])]), integers([below(2), below(2)])]),
  ];
  const { builder, ops, width } = d;
  builder.output(builder.node('Identity', [pick(ends)()], {}, ['score']), 'float32', ['batch']);
  const bytes = encodeModel({ irVersion: 8, opset: 17, producerName: 'other', graph: builder.build() });
  return { bytes, width, text: ops.join(' ') };
}
