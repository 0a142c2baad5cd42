import type { Colour, ColourOptions } from './colour.ts';
import type { ComparisonOptions } from './comparison.ts';
import type { VideoErrorCode } from './errors.ts';
import type { FrameFormat } from './frame.ts';
import type { Container } from './video-reader.ts';

/** What the thread is started with. */
export interface ThreadSetup {
  readonly comparison: ComparisonOptions;
  readonly colour: ColourOptions;
  /** How many sets of tensors there are at most: one in use, the others read ahead. */
  readonly tensors: number;
}

/** A clip as it was opened, and the colour conversion that it gets. */
export interface ClipInfo {
  readonly name: string;
  readonly container: Container;
  readonly format: FrameFormat;
  readonly colour: Colour;
}

/** Memory of a set, which moves between the threads and is never copied. */
export interface TensorPair {
  /** [3, H, W] */
  readonly reference: Float32Array<ArrayBuffer>;
  /** [N, 3, H, W] */
  readonly distorted: Float32Array<ArrayBuffer>;
}

export type ThreadRequest =
  { readonly type: 'recycle'; readonly tensors: TensorPair } | { readonly type: 'close' };

export type ThreadReply =
  | { readonly type: 'opened'; readonly reference: ClipInfo; readonly distorted: readonly ClipInfo[] }
  | { readonly type: 'set'; readonly index: number; readonly tensors: TensorPair }
  | { readonly type: 'end' }
  | {
      readonly type: 'error';
      readonly code: VideoErrorCode;
      readonly message: string;
      readonly goodFrames: number | null;
    };
