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
  readonly step: number;
  /** Two to this rows share a row of chroma. */
  readonly rowShift: number;
  /** Where Cb and Cr begin; null for 4:0:0. */
  readonly chromaAt: { readonly cb: number; readonly cr: number } | null;
}

/** Converts a frame's samples into a planar tensor [3, H, W]. */
export type FrameKernel = (samples: Samples, layout: FrameLayout, out: Float32Array) => void;

/** The layout of frames of a format. */
export function frameLayout(format: FrameFormat): FrameLayout {
  const { width, height } = format;
  const { luma, chromaWidth, chromaHeight, shifts } = planeSizes(format);
  return {
    width,
    height,
    plane: luma,
    columns: shifts === null ? width : chromaWidth,
    step: shifts === null ? 1 : 2 ** shifts[0],
    rowShift: shifts === null ? 0 : shifts[1],
    chromaAt: shifts === null ? null : { cb: luma, cr: luma + chromaWidth * chromaHeight },
  };
}
