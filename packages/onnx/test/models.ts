/** Small models for tests; between them they use every attribute kind, element type and most operators. */
import { encodeModel } from '../src/codec.ts';
import { GraphBuilder } from '../src/builder.ts';
import type { Graph, Model } from '../src/model.ts';

/** Deterministic weights in (-1, 1): a 32-bit linear congruential generator (Numerical Recipes' constants). */
export function noise(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export function model(graph: Graph, opset = 17): Model {
  return { irVersion: 8, opset, producerName: 'vqforge', graph };
}

/** A regressor of the shipped kind, 3 features and 4 hidden units: Gemm, GELU, Gemm, Squeeze. */
export function regressor(): Model {
  const b = new GraphBuilder('regressor');
  const x = b.input('features', 'float32', ['batch', 3]);
  const w1 = b.initializer('w1', 'float32', [4, 3], noise(12, 1));
  const b1 = b.initializer('b1', 'float32', [4], noise(4, 2));
  const w2 = b.initializer('w2', 'float32', [1, 4], noise(4, 3));
  const b2 = b.initializer('b2', 'float32', [1], [60]);
  const h = b.node('Gemm', [x, w1, b1], { transB: 1 });
  const erf = b.node('Erf', [b.node('Div', [h, b.constant('float32', [], [Math.SQRT2])])]);
  const gate = b.node('Add', [erf, b.constant('float32', [], [1])]);
  const gelu = b.node('Mul', [b.node('Mul', [h, gate]), b.constant('float32', [], [0.5])]);
  const y = b.node('Gemm', [gelu, w2, b2], { transB: 1, alpha: 0.1 });
  b.output(b.node('Squeeze', [y, b.constant('int64', [1], [1])], {}, ['score']), 'float32', ['batch']);
  return model(b.build());
}

/** A distance of the LPIPS kind: one conv stage, unit normalisation over channels, a head, the spatial mean. */
function distance(): Model {
  const b = new GraphBuilder('distance');
  const ref = b.input('ref', 'float32', ['M', 3, 'H', 'W']);
  const dist = b.input('dist', 'float32', ['N', 3, 'H', 'W']);
  const kernel = b.initializer('conv.weight', 'float32', [4, 3, 3, 3], noise(108, 4));
  const bias = b.initializer('conv.bias', 'float32', [4], noise(4, 5));
  const head = b.initializer('head.weight', 'float32', [1, 8, 1, 1], noise(8, 6).map(Math.abs));
  const features = (image: string): string => {
    const conv = b.node('Conv', [image, kernel, bias], { pads: [1, 1, 1, 1], strides: [1, 1], group: 1 });
    const relu = b.node('Relu', [conv]);
    const pooled = b.node('MaxPool', [b.node('Concat', [relu, relu], { axis: 1 })], {
      kernel_shape: [3, 3],
      strides: [2, 2],
      ceil_mode: 1,
      auto_pad: 'NOTSET',
    });
    const squares = b.node('Pow', [pooled, b.constant('float32', [], [2])]);
    const norm = b.node('Sqrt', [b.node('ReduceSum', [squares, b.constant('int64', [1], [1])])]);
    return b.node('Div', [pooled, b.node('Max', [norm, b.constant('float32', [], [1e-10])])]);
  };
  const difference = b.node('Sub', [features(ref), features(dist)]);
  const weighted = b.node('Conv', [b.node('Mul', [difference, difference]), head]);
  const mean = b.node('ReduceMean', [weighted, b.constant('int64', [2], [2, 3])], { keepdims: 0 });
  b.output(b.node('Reshape', [mean, b.constant('int64', [1], [-1])], {}, ['score']), 'float32', ['N']);
  return model(b.build(), 18);
}

/** Gradient steps on a line, as a Scan inside a Loop: states, scanned values and names from outside. */
export function training(): Model {
  const step = new GraphBuilder('step');
  const w = step.input('w', 'float32', [1, 1]);
  const x = step.input('x', 'float32', ['rows', 1]);
  const y = step.node('MatMul', [x, w]);
  const slope = step.node('MatMul', [step.node('Transpose', [x], { perm: [1, 0] }), y]);
  const rate = step.constant('float32', [], [0.125]);
  step.output(step.node('Sub', [w, step.node('Mul', [rate, slope])], {}, ['w_next']), 'float32', [1, 1]);
  step.output(step.node('Identity', [y], {}, ['y_out']), 'float32', ['rows', 1]);

  const epoch = new GraphBuilder('epoch');
  epoch.input('iteration', 'int64', []);
  const condition = epoch.input('go_on', 'bool', []);
  const carried = epoch.input('w_in', 'float32', [1, 1]);
  epoch.output(epoch.node('Identity', [condition], {}, ['go_on_out']), 'bool', []);
  // `batches` comes from the graph outside; the builder takes only names of its own graph.
  const scan = {
    opType: 'Scan',
    inputs: [carried, 'batches'],
    outputs: ['w_out', 'predictions'],
    attributes: {
      body: { type: 'graph', value: step.build() },
      num_scan_inputs: { type: 'int', value: 1 },
    },
  } as const;
  const body: Graph = {
    ...epoch.build(),
    nodes: [...epoch.build().nodes, scan],
    outputs: [
      ...epoch.build().outputs,
      { name: 'w_out', dataType: 'float32', shape: [1, 1] },
      { name: 'predictions', dataType: 'float32', shape: ['steps', 'rows', 1] },
    ],
  };
  const b = new GraphBuilder('training');
  b.input('epochs', 'int64', []);
  b.input('w0', 'float32', [1, 1]);
  b.input('batches', 'float32', ['steps', 'rows', 1]);
  b.nodes('Loop', ['epochs', '', 'w0'], { body: { type: 'graph', value: body } }, ['w_last', 'history']);
  b.output('w_last', 'float32', [1, 1]);
  b.output('history', 'float32', ['epochs', 'steps', 'rows', 1]);
  return model(b.build());
}

/** Every element type, every attribute kind, shapes computed from shapes, an If, optional inputs left out. */
function assorted(): Model {
  const b = new GraphBuilder('assorted');
  const x = b.input('x', 'float32', ['N', 4, 'H']);
  const flag = b.input('a flag', 'bool', []);
  const shape = b.node('Shape', [x]);
  const first = b.node('Gather', [shape, b.constant('int64', [], [0])], { axis: 0 });
  const wide = b.node('Unsqueeze', [first, b.constant('int64', [1], [0])]);
  const target = b.node('Concat', [wide, b.constant('int64', [1], [-1])], { axis: 0 });
  const flat = b.node('Reshape', [x, target]);
  const axis = b.constant('int64', [1], [1]);
  const ends = b.constant('int64', [1], [Number.MAX_SAFE_INTEGER]);
  b.node('Slice', [x, b.constant('int64', [1], [0]), ends, axis], {}, ['sliced']);
  b.node('Clip', [flat, '', b.constant('float32', [], [1])], {}, ['clipped']);
  b.nodes('Split', [x, b.constant('int64', [2], [1, 3])], { axis: 1 }, ['one', 'three']);
  const branch = (name: string, value: number): Graph => ({
    name,
    inputs: [],
    initializers: [],
    nodes: [
      {
        opType: 'Constant',
        inputs: [],
        outputs: [`${name}_value`],
        attributes: { value_floats: { type: 'floats', value: [value, -0] } },
      },
    ],
    outputs: [{ name: `${name}_value`, dataType: 'float32', shape: [2] }],
  });
  b.node(
    'If',
    [flag],
    {
      then_branch: { type: 'graph', value: branch('yes', 0.1) },
      else_branch: { type: 'graph', value: branch('no', -1e-10) },
    },
    ['chosen'],
  );
  const eight = { name: '', dataType: 'int8', dims: [3], raw: Uint8Array.of(255, 0, 127) } as const;
  b.node('Constant', [], { value: { type: 'tensor', value: eight } }, ['eight']);
  b.initializer('unsigned', 'uint8', [2], [0, 255]);
  b.initializer('thirtytwo', 'int32', [2], [-(2 ** 31), 2 ** 31 - 1]);
  b.initializer('double', 'float64', [], [Math.PI]);
  b.initializer('empty', 'float32', [0, 2], []);
  b.initializer('weights', 'float32', [5, 5], noise(25, 7));
  b.initializer('größe', 'bool', [1], [1]);
  for (const name of ['sliced', 'three']) b.output(name, 'float32', ['N', name === 'three' ? 3 : 4, 'H']);
  b.output('clipped', 'float32', ['N', 'rest']);
  b.output('chosen', 'float32', [2]);
  b.output('eight', 'int8', [3]);
  b.output('unsigned', 'uint8', [2]);
  b.output('thirtytwo', 'int32', [2]);
  b.output('double', 'float64', []);
  b.output('empty', 'float32', [0, 2]);
  b.output('weights', 'float32', [5, 5]);
  b.output('größe', 'bool', [1]);
  return model(b.build());
}

export const MODELS = { regressor, distance, training, assorted };

export function bytesOf(name: keyof typeof MODELS): Uint8Array {
  return encodeModel(MODELS[name]());
}
