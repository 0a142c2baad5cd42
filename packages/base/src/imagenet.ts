/** Mean of R, G, B in [0, 1] over ImageNet, as in torchvision.transforms: networks of LPIPS take (x − mean) / std. */
export const IMAGENET_MEAN: readonly [number, number, number] = [0.485, 0.456, 0.406];

/** Standard deviation of R, G, B in [0, 1] over ImageNet, likewise. */
export const IMAGENET_STD: readonly [number, number, number] = [0.229, 0.224, 0.225];

/** For each of R, G, B: the value that stands for each of the 256 codes. */
export type ChannelTables = readonly [Float32Array, Float32Array, Float32Array];

/** ImageNet's normalisation of 8-bit codes: (v/255 − mean)/std, rounded once to float32. */
export const IMAGENET: ChannelTables = channelTables((code, mean, std) => (code / 255 - mean) / std);

/** Tables of a value for each code and the mean and deviation of its channel. */
export function channelTables(value: (code: number, mean: number, std: number) => number): ChannelTables {
  const [red, green, blue] = IMAGENET_MEAN.map((mean, channel) =>
    Float32Array.from({ length: 256 }, (_, code) => value(code, mean, IMAGENET_STD[channel] as number)),
  );
  return [red, green, blue] as ChannelTables;
}
