import type { Samples } from './luma.ts';
import { planeSizes, type FrameFormat } from './frame.ts';

/** Where the samples of a frame lie, in samples, for nearest chroma: pixel x of row y takes chroma column x / step. */
interface FrameLayout {
  readonly width: number;
  readonly height: number;
  /** Pixels of the picture: luma samples, and values per channel of the tensor. */
  readonly plane: number;
  /** Chroma samples in a row, of which each serves `step` pixels; for 4:0:0 as many as luma, all neutral. */
  readonly columns: number;
  readonly step: 1 | 2;
  /** 1 when two rows share a row of chroma, else 0. */
  readonly rowShift: 0 | 1;
  /** Where Cb and Cr begin; null for 4:0:0. */
  readonly chromaAt: { readonly cb: number; readonly cr: number } | null;
}

/** Writes what a conversion makes of a frame's samples into a planar tensor [3, H, W]. */
export type FrameKernel = (samples: Samples, layout: FrameLayout, out: Float32Array) => void;

export function frameLayout(format: FrameFormat): FrameLayout {
  const { width, height, chroma } = format;
  const { luma, chromaWidth, chromaHeight } = planeSizes(format);
  return {
    width,
    height,
    plane: luma,
    columns: chroma === '400' ? width : chromaWidth,
    step: chroma === '420' || chroma === '422' ? 2 : 1,
    rowShift: chroma === '420' ? 1 : 0,
    chromaAt: chroma === '400' ? null : { cb: luma, cr: luma + chromaWidth * chromaHeight },
  };
}
