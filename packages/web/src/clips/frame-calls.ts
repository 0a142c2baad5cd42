import type { RawFormat } from '@vqforge/media';
import type { ClipFile } from './clip-file.ts';

/** A frame that the player wants. */
export interface FrameRequest {
  readonly id: number;
  /** Which clip; the same key stands for the same file. */
  readonly key: string;
  readonly file: ClipFile;
  readonly raw: RawFormat | undefined;
  readonly index: number;
}

/** Pixels of R'G'B' with full alpha, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** The frame that was wanted. */
export interface FrameReply {
  readonly id: number;
  readonly picture: Picture;
}

/** The frame, or why there is none. */
export type FrameAnswer = FrameReply | { readonly id: number; readonly message: string };
