import type { GraphBuilder } from '@vqforge/onnx';
import { LPIPS } from './contract.ts';
import type { FeaturePart, Features } from './trunk.ts';

/** Features of one image at one tap, flattened to [n, channels, h·w], and what the distance needs of them alone. */
interface Side {
  readonly flat: Features;
  /** [n, 1, h·w]: ‖a‖ + ε */
  readonly norm: string;
  /** [n, 1, h·w]: Σ w·a² / (‖a‖ + ε)² */
  readonly own: string;
}

/**
 * The distance map of one tap, Σ w·(â − b̂)² over channels with â = a / (‖a‖ + ε), as
 *
 *     Σw·a² / (‖a‖+ε)²  +  Σw·b² / (‖b‖+ε)²  −  2·Σw·a·b / ((‖a‖+ε)·(‖b‖+ε))
 *
 * Each sum over channels is one matrix product with a row, which reads the features once; nothing of the features'
 * size is written but a², b² and a·b. Equal inputs give exactly 0, swapped inputs the same bits, and Relu takes
 * what rounding leaves below 0.
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
  const head = new Head(builder, tap, ref, weights);
  const a = head.side(ref);
  const b = head.side(dist);
  const own = builder.node('Add', [a.own, b.own]);
  return builder.node('Relu', [builder.node('Add', [own, head.cross(a, b)])]);
}

class Head {
  readonly #builder: GraphBuilder;
  /** One row per part: summing, w, and −2·w. */
  readonly #ones: readonly string[];
  readonly #weights: readonly string[];
  readonly #cross: readonly string[];

  constructor(builder: GraphBuilder, tap: number, parts: Features, weights: Float32Array | null) {
    const row = (values: Float32Array): string => builder.constant('float32', [1, values.length], values);
    this.#builder = builder;
    this.#ones = parts.map(({ channels }) => row(new Float32Array(channels).fill(1)));
    if (weights === null) {
      this.#weights = this.#ones;
      this.#cross = parts.map(({ channels }) => row(new Float32Array(channels).fill(-2)));
      return;
    }
    let from = 0;
    const slices = parts.map(({ channels }) => weights.slice(from, (from += channels)));
    const rows = (name: string, scale: number): string[] =>
      slices.map((values, part) =>
        builder.initializer(
          `heads.${tap}.${name}.${part}`,
          'float32',
          [1, values.length],
          values.map((value) => scale * value),
        ),
      );
    this.#weights = rows('weight', 1);
    this.#cross = rows('cross', -2);
  }

  side(features: Features): Side {
    const builder = this.#builder;
    const flat = features.map(({ value, channels }) => ({
      value: builder.node('Reshape', [value, builder.constant('int64', [3], [0, channels, -1])]),
      channels,
    }));
    const squares = flat.map(({ value }) => builder.node('Mul', [value, value]));
    const power = this.#sum(this.#ones, squares);
    const epsilon = builder.constant('float32', [], [LPIPS.epsilon]);
    const norm = builder.node('Add', [builder.node('Sqrt', [power]), epsilon]);
    const weighted = this.#weights === this.#ones ? power : this.#sum(this.#weights, squares);
    const own = builder.node('Div', [weighted, builder.node('Mul', [norm, norm])]);
    return { flat, norm, own };
  }

  /** [n, 1, h·w]: −2·Σ w·a·b / ((‖a‖+ε)·(‖b‖+ε)) */
  cross(a: Side, b: Side): string {
    const products = a.flat.map(({ value }, part) =>
      this.#builder.node('Mul', [value, (b.flat[part] as FeaturePart).value]),
    );
    const norms = this.#builder.node('Mul', [a.norm, b.norm]);
    return this.#builder.node('Div', [this.#sum(this.#cross, products), norms]);
  }

  /** Σ over the channels of all parts, each weighted by its row: [n, 1, h·w]. */
  #sum(rows: readonly string[], parts: readonly string[]): string {
    return parts
      .map((part, index) => this.#builder.node('MatMul', [rows[index] as string, part]))
      .reduce((x, y) => this.#builder.node('Add', [x, y]));
  }
}
