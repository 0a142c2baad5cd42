import type { ClipFile, ClipSource } from './clip-file.ts';

/** One frame of a clip. */
interface HeatFrame {
  /** The same key stands for the same clip. */
  readonly key: string;
  readonly clip: ClipSource;
  readonly index: number;
}

/** Where a frame of a rendition differs from its reference, as LPIPS sees it. */
export interface HeatRequest {
  readonly id: number;
  readonly lpips: ClipFile;
  readonly base: string;
  readonly modelThreads: number;
  readonly reference: HeatFrame;
  readonly rendition: HeatFrame;
  /** Where the scale of colours ends; what this frame has by default. */
  readonly top?: number | undefined;
}

/** Distances of all pixels, row by row, and in their colours: from 0 to `top`, and what is above in the last one. */
export interface Heat {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array<ArrayBuffer>;
  readonly top: number;
  readonly bitmap: ImageBitmap;
}

/** The heat map that was wanted. */
export interface HeatReply {
  readonly id: number;
  readonly heat: Heat;
}
