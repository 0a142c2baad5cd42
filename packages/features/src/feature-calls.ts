import type { PairFeatures } from './feature-extractor.ts';
import type { FeatureOptions } from './feature-options.ts';
import type { LumaFormat } from './luma-plane.ts';

/** Decibels of each plane; the chroma planes are absent in 4:0:0. */
export interface PlanePsnr {
  readonly y: number;
  readonly cb?: number;
  readonly cr?: number;
}

/** Measurements of one frame of one rendition. */
export interface PairMeasurement extends PairFeatures {
  /** Present where PSNR was asked for. */
  readonly psnr?: PlanePsnr;
}

/** Measurements of a frame, before its neighbours are known. */
export interface MeasuredFrame {
  readonly index: number;
  /** Sum of absolute differences to the frame before, null for the first. */
  readonly sad: number | null;
  /** One per rendition; empty for a frame that is passed over, of which only motion is measured. */
  readonly pairs: readonly PairMeasurement[];
}

/** Where the samples of a plane lie in a slot. */
interface PlanePlace {
  /** Bytes from the start of the slot. */
  readonly offset: number;
  readonly samples: number;
}

/** The planes of one clip in a slot: luma, and chroma where PSNR is asked for. */
export type ClipPlaces = readonly PlanePlace[];

/** A plane in its slot, not copied: bytes at 8 bits, else words. */
export function samplesAt(
  slot: SharedArrayBuffer,
  { offset, samples }: PlanePlace,
  bitDepth: number,
): Uint8Array | Uint16Array {
  return bitDepth === 8 ? new Uint8Array(slot, offset, samples) : new Uint16Array(slot, offset, samples);
}

/** Setup of a thread. Slots are shared memory, each the planes of one moment. */
export interface FeatureSetup {
  readonly format: LumaFormat;
  readonly options: FeatureOptions;
  readonly slots: readonly SharedArrayBuffer[];
  /** The reference clip's planes, then those of each rendition. */
  readonly clips: readonly ClipPlaces[];
  readonly psnr: boolean;
  /** The kernels, compiled once for all threads. */
  readonly kernels: WebAssembly.Module;
}

/** Consecutive frames for one thread. */
export interface Chunk {
  /** Slot of the frame before the first one, null at the start of the clip. */
  readonly before: number | null;
  readonly frames: readonly {
    readonly index: number;
    readonly slot: number;
    /** False for a frame that the caller passes over. */
    readonly measured: boolean;
  }[];
}

/** The calls of a feature thread, with their answers. */
export interface FeatureCalls {
  measure: { request: Chunk; reply: readonly MeasuredFrame[] };
}
