import type { GraphBuilder } from '@vqforge/onnx/building';
import { float32Values, type StateDict, type StateTensor } from '../weights/state-dict.ts';
import { NET_LAYOUTS, type LpipsNet, type Step } from '../weights/lpips-tensors.ts';
import { foldColour, type ChannelAffine } from './colour.ts';

/** One value of shape [n, channels, h, w]. */
export interface FeaturePart {
  readonly value: string;
  readonly channels: number;
}

/** Features whose channels are the channels of the parts, one after another. */
export type Features = readonly FeaturePart[];

/**
 * A trunk's weights as initializers of a graph, each written once, however many images pass through it.
 *
 * The two halves of a Fire module are never concatenated. What follows them is either per channel (pooling), a
 * convolution, which is linear and so is the sum of one convolution per half, or a head, which sums over channels.
 */
export class Trunk {
  readonly #builder: GraphBuilder;
  readonly #steps: readonly Step[];
  readonly #weights: StateDict;
  readonly #names = new Set<string>();
  readonly #colour: ChannelAffine | undefined;

  /** @param weights as `selectTrunk` returns them */
  constructor(builder: GraphBuilder, net: LpipsNet, weights: StateDict, colour: ChannelAffine | undefined) {
    this.#builder = builder;
    this.#steps = NET_LAYOUTS[net].steps;
    this.#weights = weights;
    this.#colour = colour;
  }

  /** Passes an image through: [n, 3, H, W] → the features at each tap. */
  taps(image: string): Features[] {
    const taps: Features[] = [];
    let features: Features = [{ value: image, channels: 3 }];
    for (const step of this.#steps) {
      if (step.kind === 'tap') taps.push(features);
      else features = this.#step(step, features);
    }
    return taps;
  }

  #step(step: Exclude<Step, { kind: 'tap' }>, input: Features): Features {
    switch (step.kind) {
      case 'pool':
        return input.map(({ value, channels }) => ({ value: this.#pool(value, step), channels }));
      case 'fire': {
        const squeezed = this.#conv(input, `features.${step.index}.squeeze`, {});
        return [
          ...this.#conv(squeezed, `features.${step.index}.expand1x1`, {}),
          ...this.#conv(squeezed, `features.${step.index}.expand3x3`, { pads: [1, 1, 1, 1] }),
        ];
      }
      case 'conv': {
        const { stride, pad } = step;
        const attributes = {
          ...(stride > 1 ? { strides: [stride, stride] } : {}),
          ...(pad > 0 ? { pads: [pad, pad, pad, pad] } : {}),
        };
        const isFirst = this.#colour !== undefined && step.index === 0;
        if (!isFirst) return this.#conv(input, `features.${step.index}`, attributes);
        return pad === 0
          ? this.#conv(input, `features.${step.index}`, attributes, this.#colour)
          : this.#conv(this.#coloured(input), `features.${step.index}`, attributes);
      }
    }
  }

  #pool(value: string, { kernel, ceil }: { readonly kernel: number; readonly ceil: boolean }): string {
    const attributes = { kernel_shape: [kernel, kernel], strides: [2, 2], ...(ceil ? { ceil_mode: 1 } : {}) };
    return this.#builder.node('MaxPool', [value], attributes);
  }

  /** Convolution, bias, ReLU. */
  #conv(
    input: Features,
    layer: string,
    attributes: Readonly<Record<string, readonly number[]>>,
    colour?: ChannelAffine,
  ): Features {
    const weight = this.#tensor(`${layer}.weight`);
    const values = float32Values(weight);
    const biasValues = float32Values(this.#tensor(`${layer}.bias`));
    const folded = colour ? foldColour(values, biasValues, colour) : { weight: values, bias: biasValues };
    const bias = this.#initializer(`${layer}.bias`, [biasValues.length], folded.bias);
    const sums = columnsOf(folded.weight, weight.shape, input).map(({ dims, values: part }, index) => {
      const name = `${layer}.weight${input.length > 1 ? `.${index}` : ''}`;
      const inputs = [(input[index] as FeaturePart).value, this.#initializer(name, dims, part)];
      return this.#builder.node('Conv', index === 0 ? [...inputs, bias] : inputs, attributes);
    });
    const sum = sums.reduce((a, b) => this.#builder.node('Add', [a, b]));
    return [{ value: this.#builder.node('Relu', [sum]), channels: weight.shape[0] as number }];
  }

  /** Before a padded convolution the map stays a node of its own. */
  #coloured([image]: Features): Features {
    const { scale, offset } = this.#colour as ChannelAffine;
    const { value, channels } = image as FeaturePart;
    const scaled = this.#builder.node('Mul', [value, this.#builder.constant('float32', [3, 1, 1], scale)]);
    const shifted = this.#builder.node('Add', [scaled, this.#builder.constant('float32', [3, 1, 1], offset)]);
    return [{ value: shifted, channels }];
  }

  #initializer(name: string, dims: readonly number[], values: Float32Array): string {
    if (!this.#names.has(name)) this.#builder.initializer(name, 'float32', dims, values);
    this.#names.add(name);
    return name;
  }

  #tensor(name: string): StateTensor {
    return this.#weights.get(name) as StateTensor;
  }
}

/** The columns of a weight [out, in, kernel, kernel] that belong to each part of the input. */
function columnsOf(
  weight: Float32Array,
  [out = 0, total = 0, height = 1, width = 1]: readonly number[],
  input: Features,
): { readonly dims: readonly number[]; readonly values: Float32Array }[] {
  const area = height * width;
  let from = 0;
  return input.map(({ channels }) => {
    const values = new Float32Array(out * channels * area);
    for (let row = 0; row < out; row++) {
      const start = (row * total + from) * area;
      values.set(weight.subarray(start, start + channels * area), row * channels * area);
    }
    from += channels;
    return { dims: [out, channels, height, width], values };
  });
}
