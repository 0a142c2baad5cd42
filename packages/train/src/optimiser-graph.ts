import {
  backward,
  encodeModel,
  factorProducts,
  GraphBuilder,
  staticShapes,
  type Graph,
  type Model,
  type ValueInfo,
} from '@vqforge/onnx';

/** Values that a step hands to the next one. */
const STATE: readonly string[] = ['parameters', 'first_moment', 'second_moment'];

/**
 * Many optimiser steps as one model: a Scan whose body is one step. Inputs are `<state>_before` and `<input>_steps`, outputs
 * `<state>_after` and `<observed>_steps`.
 *
 * @param body   of `optimiserStep`
 * @param shared inputs of the model that every step reads under their own names
 */
export function scanModel(body: Graph, shared: readonly ValueInfo[] = []): Uint8Array {
  const state = body.inputs.slice(0, 3);
  const scanned = body.inputs.slice(3);
  const builder = new GraphBuilder('training');
  const perStep = (info: ValueInfo): ValueInfo => ({ ...info, shape: ['steps', ...info.shape] });
  const inputs = [
    ...state.map((info) => ({ ...info, name: `${info.name}_before` })),
    ...scanned.map((info) => ({ ...perStep(info), name: `${info.name}_steps` })),
  ];
  for (const info of [...inputs, ...shared]) builder.input(info.name, info.dataType, info.shape);
  const observed = body.outputs.slice(3);
  const outputs = [
    ...state.map(({ name }) => `${name}_after`),
    ...observed.map(({ name }) => `${name}_steps`),
  ];
  builder.nodes(
    'Scan',
    inputs.map(({ name }) => name),
    { body: { type: 'graph', value: body }, num_scan_inputs: scanned.length },
    outputs,
  );
  for (const info of state) builder.output(`${info.name}_after`, info.dataType, info.shape);
  for (const info of observed) builder.output(`${info.name}_steps`, info.dataType, ['steps', ...info.shape]);
  const model: Model = { irVersion: 8, opset: 17, producerName: 'vqforge', graph: builder.build() };
  return encodeModel(model);
}

interface OptimiserOptions {
  readonly beta1: number;
  readonly beta2: number;
  /** Parameters never fall below these; default: no bound. */
  readonly lowerBound?: Float32Array;
  /** The blocks of the parameter vector, in order, whose moments are kept in a basis of their own; default: none. */
  readonly rotation?: readonly RotatedBlock[];
}

/** Consecutive elements of the parameter vector as a matrix [rows, columns]. */
interface RotatedBlock {
  readonly rows: number;
  readonly columns: number;
  /** A value [columns, columns] of the graph around, whose rows are the basis, orthonormal; undefined: the moments of these are not rotated. */
  readonly basis?: string;
}

/**
 * One optimiser step: the forward graph, its gradient, and AdamW on the flat parameter vector. With a rotation the gradient is
 * observed as well, as `gradient`: the bases are made of it.
 *
 * @param forward reads `parameters`; its outputs are observed at each step, and the one named `loss` is made smaller
 */
export function optimiserStep(forward: Graph, options: OptimiserOptions): Graph {
  const { graph, gradients } = backward(forward, 'loss', ['parameters']);
  const builder = GraphBuilder.extend(factorProducts(graph, staticShapes(graph)));
  const parameters = forward.inputs.find(({ name }) => name === 'parameters') as ValueInfo;
  const state = adamW(builder, gradients[0] as string, parameters.shape[0] as number, options);
  const observed = forward.outputs.map(({ name }) => name);
  if (options.rotation !== undefined) {
    const gradient = builder.node('Identity', [gradients[0] as string], {}, ['gradient']);
    observed.push(builder.output(gradient, 'float32', parameters.shape));
  }
  const step = builder.build();
  // Scan wants the state first and then what it slices per step; it gives the state and then what it stacks
  const isState = ({ name }: ValueInfo): boolean => STATE.includes(name);
  const output = (name: string): ValueInfo => step.outputs.find((info) => info.name === name) as ValueInfo;
  return {
    ...step,
    inputs: [
      ...STATE.map((name) => step.inputs.find((info) => info.name === name) as ValueInfo),
      ...step.inputs.filter((info) => !isState(info)),
    ],
    outputs: [...state, ...observed].map(output),
  };
}

/**
 * AdamW (Loshchilov & Hutter 2019, as torch.optim.AdamW): decoupled weight decay, bias-corrected moments.
 * The moments are kept without their (1 − β) factors, which leaves four multiplications less:
 *   m ← β₁·m + g,  v ← β₂·v + g²,  parameters ← decay·parameters − step_size·m / (√v + step_epsilon)
 * where decay = 1 − lr·weight_decay, and the caller folds lr, (1 − β) and the bias corrections into
 * step_size and step_epsilon (optimiser.ts).
 *
 * With a rotation g stands for the gradient in the bases of its blocks, and the update is turned back before it is applied.
 */
function adamW(
  b: GraphBuilder,
  gradient: string,
  count: number,
  { beta1, beta2, lowerBound, rotation = [] }: OptimiserOptions,
): string[] {
  const state = (name: string): string => b.input(name, 'float32', [count]);
  const scalar = (name: string): string => b.input(name, 'float32', []);
  const constant = (value: number): string => b.constant('float32', [], [value]);
  for (const { basis } of rotation) if (basis !== undefined) b.outer(basis);
  const rotated = rotate(b, gradient, rotation, 'there');
  const firstMoment = b.node('Add', [b.node('Mul', [state('first_moment'), constant(beta1)]), rotated]);
  const secondMoment = b.node('Add', [
    b.node('Mul', [state('second_moment'), constant(beta2)]),
    b.node('Mul', [rotated, rotated]),
  ]);
  const root = b.node('Add', [b.node('Sqrt', [secondMoment]), scalar('step_epsilon')]);
  const update = b.node('Mul', [b.node('Div', [firstMoment, root]), scalar('step_size')]);
  const moved = b.node('Sub', [
    b.node('Mul', ['parameters', scalar('decay')]),
    rotate(b, update, rotation, 'back'),
  ]);
  const parameters =
    lowerBound === undefined
      ? moved
      : b.node('Max', [moved, b.initializer('lower_bound', 'float32', [count], lowerBound)]);
  return [parameters, firstMoment, secondMoment].map((value) => b.output(value, 'float32', [count]));
}

/** A flat vector with each block in its basis, or back in the parameters' own. */
function rotate(
  b: GraphBuilder,
  flat: string,
  blocks: readonly RotatedBlock[],
  way: 'there' | 'back',
): string {
  if (blocks.length === 0) return flat;
  const int64 = (...values: number[]): string => b.constant('int64', [values.length], values);
  const sizes = blocks.map(({ rows, columns }) => rows * columns);
  const parts = b.nodes('Split', [flat, int64(...sizes)], { axis: 0 }, blocks.length);
  const rotated = blocks.map(({ rows, columns, basis }, i) => {
    const part = parts[i] as string;
    if (basis === undefined) return part;
    const matrix = b.node('Reshape', [part, int64(rows, columns)]);
    const product = b.node('Gemm', [matrix, basis], { transB: way === 'there' ? 1 : 0 });
    return b.node('Reshape', [product, int64(rows * columns)]);
  });
  return b.node('Concat', rotated, { axis: 0 });
}
