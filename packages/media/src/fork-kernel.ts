import type { BitDepth } from './frame.ts';
import type { FrameKernel } from './frame-layout.ts';
import type { ChannelTables } from './normalisation.ts';
import { sampleTable } from './sample-table.ts';

const f = Math.fround;

/** BT.709's matrix for analogue U and V (±0.436, ±0.615), which lusoris/vmaf applies to Cb and Cr of ±0.5. */
const RED_FROM_CR = f(1.28033);
const GREEN_FROM_CB = f(0.21482);
const GREEN_FROM_CR = f(0.38059);
const BLUE_FROM_CB = f(2.12798);

/**
 * lusoris/vmaf's conversion, bit by bit (`vmaf_tiny_ai_yuv_bt709_to_rgb8_pixel` in tiny_extractor_template.h):
 * float32 in its order, samples reduced to 8 bits first. Its colours are wrong (pure red becomes 218, 13, 0); it is here
 * so that distances can be compared with theirs.
 */
export function forkKernel(bitDepth: BitDepth, [reds, greens, blues]: ChannelTables): FrameKernel {
  const lumas = sampleTable(bitDepth, (sample) => f(f(toEightBits(sample, bitDepth) - 16) * f(1 / 219)));
  const chromas = sampleTable(bitDepth, (sample) => f(f(toEightBits(sample, bitDepth) - 128) * f(1 / 224)));

  return (samples, { width, height, plane, columns, step, rowShift, chromaAt }, out) => {
    // colourOf refuses 4:0:0, as lusoris/vmaf does
    if (chromaAt === null) return;
    for (let y = 0; y < height; y++) {
      const chromaRow = (y >> rowShift) * columns;
      for (let x = 0; x < width; x++) {
        const column = chromaRow + (step === 2 ? x >> 1 : x);
        const at = y * width + x;
        const luma = lumas[samples[at] as number] as number;
        const cb = chromas[samples[chromaAt.cb + column] as number] as number;
        const cr = chromas[samples[chromaAt.cr + column] as number] as number;
        out[at] = reds[toCode(f(luma + f(RED_FROM_CR * cr)))] as number;
        out[at + plane] = greens[
          toCode(f(f(luma - f(GREEN_FROM_CB * cb)) - f(GREEN_FROM_CR * cr)))
        ] as number;
        out[at + 2 * plane] = blues[toCode(f(luma + f(BLUE_FROM_CB * cb)))] as number;
      }
    }
  };
}

/** Clamped to [0, 1], times 255, half up. */
function toCode(value: number): number {
  const unit = value < 0 ? 0 : value > 1 ? 1 : value;
  return f(f(unit * 255) + 0.5) | 0;
}

/** (v + half) >> (bits − 8), not clamped: the highest samples of more than 8 bits become 256. */
function toEightBits(sample: number, bitDepth: BitDepth): number {
  const shift = bitDepth - 8;
  return (sample + (shift === 0 ? 0 : 1 << (shift - 1))) >> shift;
}
