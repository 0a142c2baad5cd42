import type { BitDepth } from './frame.ts';
import type { ChannelTables } from './normalisation.ts';
import type { RowKernel } from './row-kernels.ts';

const f = Math.fround;

/** BT.709's matrix for analogue U and V (±0.436, ±0.615), which the fork applies to Cb and Cr of ±0.5. */
const RED_FROM_CR = f(1.28033);
const GREEN_FROM_CB = f(0.21482);
const GREEN_FROM_CR = f(0.38059);
const BLUE_FROM_CB = f(2.12798);

/**
 * The reference system's conversion, bit by bit (`vmaf_tiny_ai_yuv_bt709_to_rgb8_pixel` in tiny_extractor_template.h):
 * float32 in its order, samples reduced to 8 bits first, by a rounding that makes 256 of the highest ones. Its colours
 * are wrong (pure red becomes 218, 13, 0); it is here to compare scores with the fork's.
 */
export function forkKernel(bitDepth: BitDepth, [red, green, blue]: ChannelTables): RowKernel {
  const luma8 = eightBits(bitDepth).map((code) => f(f(code - 16) * f(1 / 219)));
  const chroma8 = eightBits(bitDepth).map((code) => f(f(code - 128) * f(1 / 224)));

  return ({ luma, cb, cr, chromaShift, width, out, plane }, { lumaAt, chromaAt, outAt }) => {
    for (let x = 0; x < width; x++) {
      const y = luma8[luma[lumaAt + x] as number] as number;
      const u = chroma8[cb[chromaAt + (x >> chromaShift)] as number] as number;
      const v = chroma8[cr[chromaAt + (x >> chromaShift)] as number] as number;
      const at = outAt + x;
      out[at] = red[code(f(y + f(RED_FROM_CR * v)))] as number;
      out[at + plane] = green[code(f(f(y - f(GREEN_FROM_CB * u)) - f(GREEN_FROM_CR * v)))] as number;
      out[at + 2 * plane] = blue[code(f(y + f(BLUE_FROM_CB * u)))] as number;
    }
  };
}

/** [0, 1] clamped, times 255, half up. */
function code(value: number): number {
  const unit = value < 0 ? 0 : value > 1 ? 1 : value;
  return f(f(unit * 255) + 0.5) | 0;
}

/** (v + half) >> (bits − 8) of every sample, not clamped to 255. */
function eightBits(bitDepth: BitDepth): Float32Array {
  const shift = bitDepth - 8;
  const half = shift === 0 ? 0 : 1 << (shift - 1);
  const most = 2 ** bitDepth - 1;
  return Float32Array.from(
    { length: bitDepth === 8 ? 256 : 65_536 },
    (_, sample) => (Math.min(sample, most) + half) >> shift,
  );
}
