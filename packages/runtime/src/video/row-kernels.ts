import { codeRange, MATRICES, type Colour } from './colour.ts';
import type { BitDepth } from './frame.ts';
import type { ChannelTables } from './normalisation.ts';

export type Samples = Uint8Array | Uint16Array;

/** Where a row lies: its samples, and where its first pixel goes in each plane of the output. */
interface RowPlace {
  lumaAt: number;
  chromaAt: number;
  outAt: number;
}

/** One frame's planes: luma, Cb and Cr samples, and the planar output [3, H, W]. */
interface Planes {
  readonly luma: Samples;
  readonly cb: Samples;
  readonly cr: Samples;
  /** 1 when two pixels of a row share a chroma sample, else 0. */
  readonly chromaShift: 0 | 1;
  readonly width: number;
  readonly out: Float32Array;
  /** Pixels of a plane of the output. */
  readonly plane: number;
}

export type RowKernel = (planes: Planes, row: RowPlace) => void;

/**
 * Codes below 0 and above 255 are clamped by table: an index is a code plus this. The farthest are −294 and 554
 * (BT.2020 blue, limited range, all codes), so 512 on either side leaves room.
 */
const MARGIN = 512;
const ENTRIES = 256 + 2 * MARGIN;

/**
 * Converts rows to R'G'B' codes of 8 bits, floor(255·x + 0.5) of float64 clamped to 0–255, and writes what the tables
 * make of the codes. Samples are not reduced to 8 bits before. A sample over the bit depth counts as the highest code.
 */
export function exactKernel(bitDepth: BitDepth, colour: Colour, tables: ChannelTables): RowKernel {
  const { lumaZero, lumaSpan, chromaZero, chromaSpan } = codeRange(bitDepth, colour.range);
  const { redFromCr, greenFromCb, greenFromCr, blueFromCb } = MATRICES[colour.matrix];
  const chroma = (factor: number): Float64Array =>
    sampleTable(bitDepth, (code) => (255 * factor * (code - chromaZero)) / chromaSpan);
  const fromLuma = sampleTable(bitDepth, (code) => (255 * (code - lumaZero)) / lumaSpan + 0.5 + MARGIN);
  const [crToRed, cbToGreen, crToGreen, cbToBlue] = [
    chroma(redFromCr),
    chroma(-greenFromCb),
    chroma(-greenFromCr),
    chroma(blueFromCb),
  ];
  const [red, green, blue] = tables.map(withMargin) as [Float32Array, Float32Array, Float32Array];

  return ({ luma, cb, cr, chromaShift, width, out, plane }, { lumaAt, chromaAt, outAt }) => {
    for (let x = 0; x < width; x++) {
      const y = fromLuma[luma[lumaAt + x] as number] as number;
      const u = cb[chromaAt + (x >> chromaShift)] as number;
      const v = cr[chromaAt + (x >> chromaShift)] as number;
      const at = outAt + x;
      // positive by the margin, so that truncation is floor
      out[at] = red[(y + (crToRed[v] as number)) | 0] as number;
      out[at + plane] = green[(y + (cbToGreen[u] as number) + (crToGreen[v] as number)) | 0] as number;
      out[at + 2 * plane] = blue[(y + (cbToBlue[u] as number)) | 0] as number;
    }
  };
}

/** 65,536 entries over 8 bits, so that any uint16 has one. */
function sampleTable(bitDepth: BitDepth, value: (code: number) => number): Float64Array {
  const most = 2 ** bitDepth - 1;
  return Float64Array.from({ length: bitDepth === 8 ? 256 : 65_536 }, (_, code) =>
    value(Math.min(code, most)),
  );
}

function withMargin(table: Float32Array): Float32Array {
  return Float32Array.from(
    { length: ENTRIES },
    (_, index) => table[Math.min(Math.max(index - MARGIN, 0), 255)] as number,
  );
}
