import type { RawFormat } from '@vqforge/media';
import type { ClipFile } from './clip-file.ts';

/** Where a frame of a rendition differs from its reference, as LPIPS sees it. */
export interface HeatRequest {
  readonly id: number;
  readonly lpips: ClipFile;
  readonly base: string;
  readonly modelThreads: number;
  readonly reference: ClipFile;
  readonly rendition: ClipFile;
  readonly raw: RawFormat | undefined;
  /** Numbers of the frame in each file. */
  readonly frames: readonly [reference: number, rendition: number];
}

/** Distances of all pixels, row by row. */
export interface Heat {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array<ArrayBuffer>;
}

/** The heat map that was wanted. */
export interface HeatReply {
  readonly id: number;
  readonly heat: Heat;
}

/** The heat map, or why there is none. */
export type HeatAnswer = HeatReply | { readonly id: number; readonly message: string };
