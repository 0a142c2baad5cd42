import type { LpipsVersion } from './contract.ts';
import { IMAGENET_MEAN, IMAGENET_STD } from '@vqforge/base';

/** Images of a graph: float32 [n, 3, H, W], ImageNet-normalised RGB, or uint8 [n, H, W, 3], RGB as in a file. */
export type LpipsInput = 'float32' | 'uint8';

/** Per channel, x ↦ scale·x + offset. */
export interface ChannelAffine {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

/**
 * The affine map, per channel, from a graph's input to what the trunk was given when its heads were trained.
 *
 * Version 0.1 feeds the trunk ImageNet-normalised RGB: upstream's ScalingLayer, on [-1, 1], has shift = 2·mean − 1 and
 * scale = 2·std, so on input that is normalised already there is nothing left to do. Version 0.0 has no ScalingLayer
 * and feeds it RGB in [-1, 1].
 *
 * @returns undefined for the identity
 * @see https://github.com/richzhang/PerceptualSimilarity/blob/082bb24/lpips/lpips.py
 */
export function trunkColour(input: LpipsInput, version: LpipsVersion): ChannelAffine | undefined {
  const toUnit: ChannelAffine =
    input === 'uint8'
      ? { scale: [1 / 255, 1 / 255, 1 / 255], offset: [0, 0, 0] }
      : { scale: IMAGENET_STD, offset: IMAGENET_MEAN };
  if (version === '0.0') return after(toUnit, { scale: [2, 2, 2], offset: [-1, -1, -1] });
  if (input === 'float32') return undefined;
  return after(toUnit, {
    scale: IMAGENET_STD.map((std) => 1 / std),
    offset: IMAGENET_MEAN.map((mean, channel) => -mean / (IMAGENET_STD[channel] as number)),
  });
}

function after(first: ChannelAffine, second: ChannelAffine): ChannelAffine {
  return {
    scale: first.scale.map((scale, channel) => scale * (second.scale[channel] as number)),
    offset: first.offset.map(
      (offset, channel) => offset * (second.scale[channel] as number) + (second.offset[channel] as number),
    ),
  };
}

/**
 * The first convolution with an affine map of its input folded in, in float64, rounded once. Exact only for a
 * convolution without padding: padded zeros are zeros after the map, not before it.
 *
 * @param weight [out, 3, kernel, kernel]
 * @param bias [out]
 */
export function foldColour(
  weight: Float32Array,
  bias: Float32Array,
  { scale, offset }: ChannelAffine,
): { readonly weight: Float32Array; readonly bias: Float32Array } {
  const perChannel = weight.length / bias.length / 3;
  const channelOf = (index: number): number => Math.floor(index / perChannel) % 3;
  const shift = Float64Array.from(bias);
  weight.forEach((value, index) => {
    const out = Math.floor(index / (3 * perChannel));
    shift[out] = (shift[out] as number) + value * (offset[channelOf(index)] as number);
  });
  return {
    weight: weight.map((value, index) => value * (scale[channelOf(index)] as number)),
    bias: Float32Array.from(shift),
  };
}
