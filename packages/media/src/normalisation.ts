import { IMAGENET_MEAN, IMAGENET_STD } from '@vqforge/base';

/** What becomes of a channel's 256 codes. */
export type ChannelTables = readonly [Float32Array, Float32Array, Float32Array];

/** (v/255 − mean)/std, rounded once to float32. */
export const IMAGENET: ChannelTables = channelTables((code, mean, std) => (code / 255 - mean) / std);

/** The same in lusoris/vmaf's steps: float32 throughout, with reciprocals in place of divisions. */
export const FORK_IMAGENET: ChannelTables = channelTables((code, mean, std) => {
  const unit = Math.fround(code * Math.fround(1 / 255));
  return Math.fround(unit - Math.fround(mean)) * Math.fround(1 / Math.fround(std));
});

/** The codes themselves. */
export const CODES: ChannelTables = channelTables((code) => code);

function channelTables(value: (code: number, mean: number, std: number) => number): ChannelTables {
  const [red, green, blue] = IMAGENET_MEAN.map((mean, channel) =>
    Float32Array.from({ length: 256 }, (_, code) => value(code, mean, IMAGENET_STD[channel] as number)),
  );
  return [red, green, blue] as ChannelTables;
}
