import type { GraphBuilder } from '@vqforge/onnx/building';
import { LPIPS } from './contract.ts';
import type { FeaturePart, Features } from './trunk.ts';

/** Features of one image at one tap, flattened to [n, channels, h·w], and what is made of them alone. */
interface Side {
  readonly flat: Features;
  readonly squares: readonly string[];
  /** [n, 1, h·w]: ‖a‖ + ε */
  readonly norm: string;
}

/**
 * The distance map of one tap, Σ w·(â − b̂)² over channels with â = a / (‖a‖ + ε).
 *
 * Each sum over channels is one matrix product with a row, which reads the features once. Equal inputs give exactly 0,
 * swapped inputs the same bits, and no value is negative.
 *
 * @param ref features of [1 or n, …]
 * @param dist features of [n, …]
 * @param weights w per channel, w ≥ 0; null: all 1, upstream's baseline (lpips=False)
 * @returns [n, 1, h·w]
 */
export function distanceMap(
  builder: GraphBuilder,
  tap: number,
  ref: Features,
  dist: Features,
  weights: Float32Array | null,
): string {
  const [a, b] = [sideOf(builder, ref), sideOf(builder, dist)];
  return weights === null ? baselineMap(builder, a, b) : weightedMap(builder, a, b, tap, weights);
}

/**
 *     Σw·a² / (‖a‖+ε)²  +  Σw·b² / (‖b‖+ε)²  −  2·Σw·a·b / ((‖a‖+ε)·(‖b‖+ε))
 *
 * writes nothing of the features' size but a², b² and a·b. Rounding is that of the terms, about 1e-7 where they are
 * near 1, and Relu takes what it leaves below 0.
 */
function weightedMap(builder: GraphBuilder, a: Side, b: Side, tap: number, weights: Float32Array): string {
  let from = 0;
  const slices = a.flat.map(({ channels }) => weights.slice(from, (from += channels)));
  const rows = (name: string, scale: number): string[] =>
    slices.map((slice, part) => {
      const scaled = slice.map((weight) => scale * weight);
      return builder.initializer(`heads.${tap}.${name}.${part}`, 'float32', [1, slice.length], scaled);
    });
  const products = a.flat.map(({ value }, part) =>
    builder.node('Mul', [value, (b.flat[part] as FeaturePart).value]),
  );
  const crossSum = channelSum(builder, rows('cross', -2), products);
  const cross = builder.node('Div', [crossSum, builder.node('Mul', [a.norm, b.norm])]);
  const weightRows = rows('weight', 1);
  const own = ({ squares, norm }: Side): string =>
    builder.node('Div', [channelSum(builder, weightRows, squares), builder.node('Mul', [norm, norm])]);
  // ONNX Runtime computes the later of two operands first: b², then a², then a·b, each gone before the next is there
  return builder.node('Relu', [builder.node('Add', [cross, builder.node('Add', [own(a), own(b)])])]);
}

/** Without weights the three terms above would be 1, 1 and nearly −2: the differences are taken as they are written. */
function baselineMap(builder: GraphBuilder, a: Side, b: Side): string {
  return channelSum(builder, ones(builder, a.flat), squaredDifferences(builder, a, b));
}

/**
 * The factors of one tap's head: the mean over positions of (â − b̂)² of each channel, [n, channels] for each part of the
 * features.
 */
export function channelMeans(builder: GraphBuilder, ref: Features, dist: Features): string[] {
  const squares = squaredDifferences(builder, sideOf(builder, ref), sideOf(builder, dist));
  const positions = builder.constant('int64', [1], [2]);
  return squares.map((value) => builder.node('ReduceMean', [value, positions], { keepdims: 0 }));
}

/** (â − b̂)² of each part: [n, channels, h·w]. */
function squaredDifferences(builder: GraphBuilder, a: Side, b: Side): string[] {
  const unit = ({ flat, norm }: Side): string[] =>
    flat.map(({ value }) => builder.node('Div', [value, norm]));
  const unitB = unit(b);
  return unit(a).map((value, part) => {
    const difference = builder.node('Sub', [value, unitB[part] as string]);
    return builder.node('Mul', [difference, difference]);
  });
}

function sideOf(builder: GraphBuilder, features: Features): Side {
  const flat = features.map(({ value, channels }) => ({
    value: builder.node('Reshape', [value, builder.constant('int64', [3], [0, channels, -1])]),
    channels,
  }));
  const squares = flat.map(({ value }) => builder.node('Mul', [value, value]));
  const power = channelSum(builder, ones(builder, features), squares);
  const epsilon = builder.constant('float32', [], [LPIPS.epsilon]);
  return { flat, squares, norm: builder.node('Add', [builder.node('Sqrt', [power]), epsilon]) };
}

/** Weights of one for the channels of each tap, [1, channels]. */
function ones(builder: GraphBuilder, features: Features): string[] {
  return features.map(({ channels }) =>
    builder.constant('float32', [1, channels], new Float32Array(channels).fill(1)),
  );
}

/** Σ over the channels of all parts [n, channels, h·w], each weighted by its row: [n, 1, h·w]. */
function channelSum(builder: GraphBuilder, rows: readonly string[], parts: readonly string[]): string {
  return parts
    .map((part, index) => builder.node('MatMul', [rows[index] as string, part]))
    .reduce((x, y) => builder.node('Add', [x, y]));
}
