import type { FeatureOptions, LumaFormat, MeasuredFrame } from '@vqforge/features';
import type { Samples } from '@vqforge/media';

/** Luma of all clips at one moment. */
export interface MomentLuma {
  readonly index: number;
  readonly measured: boolean;
  /** Luma of the reference, then of each rendition; their memory moves with the message. */
  readonly luma: readonly Samples[];
}

/** Consecutive frames for one thread. */
export interface MeasureRequest {
  readonly format: LumaFormat;
  /** The same in every request to a thread. */
  readonly options: FeatureOptions;
  /** Luma of the reference in the frame before the first, null at the start of the clip. */
  readonly before: Samples | null;
  readonly frames: readonly MomentLuma[];
}

/** The measured features, with the memory that came with the request; or the error. */
export type MeasureAnswer =
  | { readonly frames: readonly MeasuredFrame[]; readonly memory: readonly ArrayBufferLike[] }
  | { readonly code: string; readonly message: string };
