import { defined } from '@vqforge/base';
import { encodeModel, GraphBuilder, type Graph, type ValueInfo } from '@vqforge/onnx';
import { HIDDEN, parameterCount, parameterSizes, rotatedBlocks } from './network.ts';
import { OPTIMISERS, type OptimiserName } from './optimiser.ts';
import { optimiserStep, scanModel } from './optimiser-graph.ts';

/** GELU works on u = x/√2 here: the factor rides on the alpha of the neighbouring Gemm nodes. */
const SQRT_HALF = Math.SQRT1_2;

/** Options of `trainingModel`. */
export interface TrainingGraphOptions {
  readonly features: number;
  readonly batchSize: number;
  /** Whether the graph takes dropout masks. */
  readonly dropout: boolean;
  /** Default: adamw. */
  readonly optimiser?: OptimiserName;
}

/**
 * Training as an ordinary ONNX model: one Scan whose body is one optimiser step (forward, mean squared error, backward,
 * AdamW) and whose scanned inputs are the batches of `steps` consecutive steps. It lives in memory only; it is the one
 * kind of graph in this project that may hold control flow.
 *
 * Inputs (float32): state `parameters`, `first_moment`, `second_moment` [P]; per step `x` [steps, B, F],
 * `y` and `row_weight` [steps, 1, B], `step_size`, `step_epsilon`, `decay` [steps], and with dropout `mask1`, `mask2` [steps, B, 64].
 * Outputs: the state after the last step, and `loss` [steps]. The optimiser `soap` also takes `basis1` and `basis2` [64, 64]
 * (eigenbasis.ts), the same for all steps, and gives `gradient` [steps, P].
 *
 * A short last batch is padded with rows of weight 0: row_weight is 1/rows on real rows, so loss and gradient are
 * those of the short batch.
 */
export function trainingModel(options: TrainingGraphOptions): Uint8Array {
  const { beta1, beta2, usesEigenbases } = OPTIMISERS[options.optimiser ?? 'adamw'];
  const rotation = usesEigenbases ? rotatedBlocks(options.features) : undefined;
  const bases = rotation?.flatMap(({ basis, columns }): ValueInfo[] =>
    basis === undefined ? [] : [{ name: basis, dataType: 'float32', shape: [columns, columns] }],
  );
  return scanModel(optimiserStep(forwardGraph(options), { beta1, beta2, ...defined({ rotation }) }), bases);
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
 * scale of the targets. An exported model is compared with it.
 */
export function predictionModel(features: number): Uint8Array {
  const b = new GraphBuilder('prediction');
  const parameters = b.input('parameters', 'float32', [parameterCount(features)]);
  const x = b.input('x', 'float32', ['rows', features]);
  const prediction = b.node('Identity', [network(b, parameters, x, features, [])], {}, ['prediction']);
  b.output(prediction, 'float32', [1, 'rows']);
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
  const sizes = int64(...parameterSizes(features));
  const tensors = b.nodes('Split', [parameters, sizes], { axis: 0 }, 6);
  const [w1 = '', b1 = '', w2 = '', b2 = '', w3 = '', b3 = ''] = tensors;
  const matrix = (flat: string, rows: number, columns: number): string =>
    b.node('Reshape', [flat, int64(rows, columns)]);

  /** gelu(input·W + bias)·√2, then dropout; `scale` is what the input lacks of its true value. */
  const layer = (input: string, weight: string, bias: string, scale: number, mask?: string): string => {
    const u = b.node('Gemm', [input, weight, bias], { alpha: scale * SQRT_HALF, beta: SQRT_HALF });
    const gelu = b.node('Mul', [u, b.node('Add', [b.node('Erf', [u]), b.constant('float32', [], [1])])]);
    return mask === undefined ? gelu : b.node('Mul', [gelu, mask]);
  };
  const hidden1 = layer(x, matrix(w1, features, HIDDEN), b1, 1, masks[0]);
  const hidden2 = layer(hidden1, matrix(w2, HIDDEN, HIDDEN), b2, SQRT_HALF, masks[1]);
  return b.node('Gemm', [matrix(w3, 1, HIDDEN), hidden2, b3], { transB: 1, alpha: SQRT_HALF });
}
