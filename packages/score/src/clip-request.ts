import type { RawFormat, SideColours } from '@vqforge/media';

/** Which frames are scored; counted as libvmaf counts them. */
export interface FrameSelection {
  readonly skipReference: number;
  readonly skipDistorted: number;
  /** Frames to read at most, after those skipped. */
  readonly count?: number;
  /** Score frames 0, n, 2n, … of those read. */
  readonly subsample: number;
}

/** The clips that are compared, and how they are read. */
export interface ClipRequest {
  /** A path; `-` is standard input. */
  readonly reference: string;
  /** Renditions of it. */
  readonly distorted: readonly string[];
  /** What raw YUV holds. */
  readonly raw?: RawFormat;
  readonly selection: FrameSelection;
  /** In place of what the files say of themselves: of all, or of one side. */
  readonly colour: SideColours;
  /** Bring smaller renditions to the reference's size. */
  readonly scale?: boolean;
  /** Images are clips of one frame, whose features are measured; default: images are LPIPS's alone. */
  readonly still?: boolean;
  /** Refuse clips with colour tags that LPIPS cannot honour. */
  readonly strict?: boolean;
  /** Ends the reading, also where it waits for a pipe. */
  readonly signal?: AbortSignal;
}
