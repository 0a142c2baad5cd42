import type { FrameKernel } from './frame-layout.ts';
import type { ChannelTables } from './normalisation.ts';

/** R'G'B' codes of 8 bits, interleaved: nothing is converted, each channel goes through its table. */
export function rgbKernel(tables: ChannelTables): FrameKernel {
  return (samples, { plane }, out) => {
    for (const [channel, table] of tables.entries())
      for (let at = 0; at < plane; at++)
        out[channel * plane + at] = table[samples[3 * at + channel] as number] as number;
  };
}
