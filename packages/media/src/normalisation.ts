import { channelTables, type ChannelTables } from '@vqforge/base';

export { type ChannelTables, IMAGENET } from '@vqforge/base';

/** ImageNet's normalisation in lusoris/vmaf's steps: float32 throughout, with reciprocals in place of divisions. */
export const FORK_IMAGENET: ChannelTables = channelTables((code, mean, std) => {
  const unit = Math.fround(code * Math.fround(1 / 255));
  return Math.fround(unit - Math.fround(mean)) * Math.fround(1 / Math.fround(std));
});

/** The codes themselves. */
export const CODES: ChannelTables = channelTables((code) => code);
