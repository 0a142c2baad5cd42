import type { ClipSource } from './clip-file.ts';

/** A frame that the player wants. */
export interface FrameRequest {
  readonly id: number;
  /** Which clip; the same key stands for the same file. */
  readonly key: string;
  readonly clip: ClipSource;
  readonly index: number;
}

/** A frame as R'G'B' with full alpha: its codes row by row, and ready to be drawn. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
  readonly bitmap: ImageBitmap;
}

/** The frame that was wanted. */
export interface FrameReply {
  readonly id: number;
  readonly picture: Picture;
}
