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
import { HIDDEN, parameterCount, parameterSizes } from './network.ts';
import { BETA1, BETA2 } from './optimiser.ts';

/** GELU works on u = x/√2 here: the factor rides on the alpha of the neighbouring Gemm nodes. */
const SQRT_HALF = Math.SQRT1_2;

/** What a step hands to the next one. */
const STATE: readonly string[] = ['parameters', 'first_moment', 'second_moment'];

export interface TrainingGraphOptions {
  readonly features: number;
  readonly batchSize: number;
  /** Whether the graph takes dropout masks. */
  readonly dropout: boolean;
}

/**
 * Training as an ordinary ONNX model: one Scan whose body is one optimiser step (forward, mean squared error, backward,
 * AdamW) and whose scanned inputs are the batches of `steps` consecutive steps. It lives in memory only; it is the one
 * kind of graph in this project that may hold control flow.
 *
 * Inputs (float32): state `parameters`, `first_moment`, `second_moment` [P]; per step `x` [steps, B, F],
 * `y` and `row_weight` [steps, 1, B], `step_size`, `step_epsilon`, `decay` [steps], and with dropout `mask1`, `mask2` [steps, B, 64].
 * Outputs: the state after the last step, and `loss` [steps].
 *
 * A short last batch is padded with rows of weight 0: row_weight is 1/rows on real rows, so loss and gradient are
 * those of the short batch.
 */
export function trainingModel(options: TrainingGraphOptions): Uint8Array {
  return scanModel(stepGraph(options));
}

/**
 * Many optimiser steps as one model: a Scan whose body is one step. Inputs are `<state>_before` and `<input>_steps`, outputs
 * `<state>_after` and `<observed>_steps`.
 *
 * @param body of `optimiserStep`
 */
export function scanModel(body: Graph): Uint8Array {
  const state = body.inputs.slice(0, 3);
  const scanned = body.inputs.slice(3);
  const builder = new GraphBuilder('training');
  const perStep = (info: ValueInfo): ValueInfo => ({ ...info, shape: ['steps', ...info.shape] });
  for (const info of [
    ...state.map((info) => ({ ...info, name: `${info.name}_before` })),
    ...scanned.map((info) => ({ ...perStep(info), name: `${info.name}_steps` })),
  ]) {
    builder.input(info.name, info.dataType, info.shape);
  }
  const observed = body.outputs.slice(3);
  const outputs = [
    ...state.map((info) => `${info.name}_after`),
    ...observed.map(({ name }) => `${name}_steps`),
  ];
  builder.nodes(
    'Scan',
    [...state.map(({ name }) => `${name}_before`), ...scanned.map(({ name }) => `${name}_steps`)],
    { body: { type: 'graph', value: body }, num_scan_inputs: scanned.length },
    outputs,
  );
  for (const info of state) builder.output(`${info.name}_after`, info.dataType, info.shape);
  for (const info of observed) builder.output(`${info.name}_steps`, info.dataType, ['steps', ...info.shape]);
  const model: Model = { irVersion: 8, opset: 17, producerName: 'vqforge', graph: builder.build() };
  return encodeModel(model);
}

export function stepGraph(options: TrainingGraphOptions): Graph {
  return optimiserStep(forwardGraph(options), { beta1: BETA1 });
}

interface OptimiserOptions {
  readonly beta1: number;
  /** Parameters never fall below these; default: no bound. */
  readonly lowerBound?: Float32Array;
}

/**
 * One optimiser step: the forward graph, its gradient, and AdamW on the flat parameter vector.
 *
 * @param forward reads `parameters`; its outputs are observed at each step, and the one named `loss` is made smaller
 */
export function optimiserStep(forward: Graph, options: OptimiserOptions): Graph {
  const { graph, gradients } = backward(forward, 'loss', ['parameters']);
  const builder = GraphBuilder.extend(factorProducts(graph, staticShapes(graph)));
  const parameters = forward.inputs.find(({ name }) => name === 'parameters') as ValueInfo;
  const state = adamW(builder, gradients[0] as string, parameters.shape[0] as number, options);
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
    outputs: [...state, ...forward.outputs.map(({ name }) => name)].map(output),
  };
}

/** The network on a batch, and the loss Σ row_weight · (prediction − y)². */
function forwardGraph(options: TrainingGraphOptions): Graph {
  const { batchSize, dropout } = options;
  const b = new GraphBuilder('step');
  const parameters = b.input('parameters', 'float32', [parameterCount(options.features)]);
  const x = b.input('x', 'float32', [batchSize, options.features]);
  const y = b.input('y', 'float32', [1, batchSize]);
  const rowWeight = b.input('row_weight', 'float32', [1, batchSize]);
  const masks = dropout
    ? ['mask1', 'mask2'].map((name) => b.input(name, 'float32', [batchSize, HIDDEN]))
    : [];
  const residual = b.node('Sub', [network(b, parameters, x, options.features, masks), y]);
  const squares = b.node('Mul', [b.node('Mul', [residual, rowWeight]), residual]);
  b.output(b.node('ReduceSum', [squares], { keepdims: 0 }, ['loss']), 'float32', []);
  return b.build();
}

/**
 * The network as training sees it, without dropout: `parameters` [P] and `x` [rows, F] → `prediction` [1, rows] on the
 * scale of the targets. What an exported model is compared with.
 */
export function predictionModel(features: number): Uint8Array {
  const b = new GraphBuilder('prediction');
  const parameters = b.input('parameters', 'float32', [parameterCount(features)]);
  const x = b.input('x', 'float32', ['rows', features]);
  b.output(b.node('Identity', [network(b, parameters, x, features, [])], {}, ['prediction']), 'float32', [
    1,
    'rows',
  ]);
  return encodeModel({ irVersion: 8, opset: 17, producerName: 'vqforge', graph: b.build() });
}

/** Appends x [B, F] → prediction [1, B]. */
function network(
  b: GraphBuilder,
  parameters: string,
  x: string,
  features: number,
  masks: readonly string[],
): string {
  const int64 = (...values: number[]): string => b.constant('int64', [values.length], values);
  const [w1 = '', b1 = '', w2 = '', b2 = '', w3 = '', b3 = ''] = b.nodes(
    'Split',
    [parameters, int64(...parameterSizes(features))],
    { axis: 0 },
    6,
  );
  const matrix = (flat: string, rows: number, columns: number): string =>
    b.node('Reshape', [flat, int64(rows, columns)]);

  /** gelu(input·W + bias)·√2, then dropout; `scale` is what the input lacks of its true value. */
  const layer = (
    input: string,
    weight: string,
    bias: string,
    scale: number,
    mask: string | undefined,
  ): string => {
    const u = b.node('Gemm', [input, weight, bias], { alpha: scale * SQRT_HALF, beta: SQRT_HALF });
    const gelu = b.node('Mul', [u, b.node('Add', [b.node('Erf', [u]), b.constant('float32', [], [1])])]);
    return mask === undefined ? gelu : b.node('Mul', [gelu, mask]);
  };
  const hidden1 = layer(x, matrix(w1, features, HIDDEN), b1, 1, masks[0]);
  const hidden2 = layer(hidden1, matrix(w2, HIDDEN, HIDDEN), b2, SQRT_HALF, masks[1]);
  return b.node('Gemm', [matrix(w3, 1, HIDDEN), hidden2, b3], { transB: 1, alpha: SQRT_HALF });
}

/**
 * AdamW (Loshchilov & Hutter 2019, as torch.optim.AdamW): decoupled weight decay, bias-corrected moments.
 * The moments are kept without their (1 − β) factors, which leaves four multiplications less:
 *   m ← β₁·m + g,  v ← β₂·v + g²,  parameters ← decay·parameters − step_size·m / (√v + step_epsilon)
 * where decay = 1 − lr·weight_decay, and the caller folds lr, (1 − β) and the bias corrections into
 * step_size and step_epsilon (optimiser.ts).
 */
function adamW(
  b: GraphBuilder,
  gradient: string,
  count: number,
  { beta1, lowerBound }: OptimiserOptions,
): string[] {
  const state = (name: string): string => b.input(name, 'float32', [count]);
  const scalar = (name: string): string => b.input(name, 'float32', []);
  const constant = (value: number): string => b.constant('float32', [], [value]);
  const firstMoment = b.node('Add', [b.node('Mul', [state('first_moment'), constant(beta1)]), gradient]);
  const secondMoment = b.node('Add', [
    b.node('Mul', [state('second_moment'), constant(BETA2)]),
    b.node('Mul', [gradient, gradient]),
  ]);
  const root = b.node('Add', [b.node('Sqrt', [secondMoment]), scalar('step_epsilon')]);
  const update = b.node('Mul', [b.node('Div', [firstMoment, root]), scalar('step_size')]);
  const moved = b.node('Sub', [b.node('Mul', ['parameters', scalar('decay')]), update]);
  const parameters =
    lowerBound === undefined
      ? moved
      : b.node('Max', [moved, b.initializer('lower_bound', 'float32', [count], lowerBound)]);
  return [parameters, firstMoment, secondMoment].map((value) => b.output(value, 'float32', [count]));
}
