import { codeRange, MATRICES, type Matrix } from './colour.ts';
import type { BitDepth, Range } from './frame.ts';
import type { FrameKernel } from './frame-layout.ts';
import type { Samples } from './luma.ts';
import type { ChannelTables } from './normalisation.ts';
import { sampleTable } from './sample-table.ts';

/**
 * R'G'B' is clamped by table: an index is the code plus this. The farthest codes are −294 and 554 (BT.2020 blue of
 * limited range), so 512 on either side leaves room.
 */
const MARGIN = 512;
const ENTRIES = 256 + 2 * MARGIN;

/**
 * R'G'B' codes of 8 bits, floor(255·x + 0.5) in float64, clamped to 0–255, and from the tables what becomes of them.
 * Samples are not reduced to 8 bits before; one above the bit depth counts as the highest.
 *
 * Shaped for the compiler: four arrays in the loop, chroma once per two pixels, no allocation. 1080p 4:2:0 takes about
 * 11 ms (bench/video.mjs).
 */
export function exactKernel(
  bitDepth: BitDepth,
  name: Matrix,
  range: Range,
  tables: ChannelTables,
): FrameKernel {
  const { lumaZero, lumaSpan, chromaZero, chromaSpan } = codeRange(bitDepth, range);
  const matrix = MATRICES[name];
  const crToRed = (255 * matrix.redFromCr) / chromaSpan;
  const cbToGreen = (255 * matrix.greenFromCb) / chromaSpan;
  const crToGreen = (255 * matrix.greenFromCr) / chromaSpan;
  const cbToBlue = (255 * matrix.blueFromCb) / chromaSpan;
  const most = 2 ** bitDepth - 1;
  // divided last, so that a code halfway between two is exactly so; positive by the margin, so that | 0 is floor
  const lumaCodes = sampleTable(bitDepth, (code) => (255 * (code - lumaZero)) / lumaSpan + 0.5 + MARGIN);
  const values = clampedTables(tables);

  function pixel(
    samples: Samples,
    at: number,
    out: Float32Array,
    plane: number,
    red: number,
    green: number,
    blue: number,
  ): void {
    const luma = lumaCodes[samples[at] as number] as number;
    out[at] = values[(luma + red) | 0] as number;
    out[at + plane] = values[(luma + green) | 0] as number;
    out[at + 2 * plane] = values[(luma + blue) | 0] as number;
  }

  return (samples, { width, height, plane, columns, step, rowShift, chromaAt }, out) => {
    for (let y = 0; y < height; y++) {
      const row = y * width;
      const chromaRow = (y >> rowShift) * columns;
      for (let column = 0; column < columns; column++) {
        let cb = 0;
        let cr = 0;
        if (chromaAt !== null) {
          cb = Math.min(samples[chromaAt.cb + chromaRow + column] as number, most) - chromaZero;
          cr = Math.min(samples[chromaAt.cr + chromaRow + column] as number, most) - chromaZero;
        }
        // what leads to the tables of green and blue is added here, once for two pixels
        const red = crToRed * cr;
        const green = ENTRIES - cbToGreen * cb - crToGreen * cr;
        const blue = 2 * ENTRIES + cbToBlue * cb;
        const x = column * step;
        pixel(samples, row + x, out, plane, red, green, blue);
        // the last of a width that is no multiple has its chroma sample for fewer
        if (step >= 2 && x + 1 < width) pixel(samples, row + x + 1, out, plane, red, green, blue);
        if (step > 2)
          for (let at = x + 2; at < Math.min(x + step, width); at++)
            pixel(samples, row + at, out, plane, red, green, blue);
      }
    }
  };
}

/** R, G, B one after the other, each of ENTRIES. */
function clampedTables(tables: ChannelTables): Float32Array {
  return Float32Array.from({ length: 3 * ENTRIES }, (_, index) => {
    const code = Math.min(Math.max((index % ENTRIES) - MARGIN, 0), 255);
    return tables[Math.floor(index / ENTRIES)]?.[code] as number;
  });
}
