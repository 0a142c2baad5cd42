import type { ColourOptions, RawFormat } from '@vqforge/media';

/** Which frames are scored; counted as libvmaf counts them. */
export interface FrameSelection {
  readonly skipReference: number;
  readonly skipDistorted: number;
  /** Frames to read at most, after those skipped. */
  readonly count?: number;
  /** Score frames 0, n, 2n, … of those read. */
  readonly subsample: number;
}

/** What is compared with what. */
export interface ClipRequest {
  /** A path; `-` is standard input. */
  readonly reference: string;
  /** Renditions of it. */
  readonly distorted: readonly string[];
  /** What raw YUV holds. */
  readonly raw?: RawFormat;
  readonly selection: FrameSelection;
  readonly colour: ColourOptions;
}
