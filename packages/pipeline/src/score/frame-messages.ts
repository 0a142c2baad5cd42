import type { ClipFacts, Failure } from './score-document.ts';

/** Which frames are scored; counted as libvmaf counts them. */
export interface FrameSelection {
  readonly skipReference: number;
  readonly skipDistorted: number;
  /** Frames to read at most, after those skipped. */
  readonly count?: number;
  /** Score frames 0, n, 2n, … of those read. */
  readonly subsample: number;
}

/** One input as the user names it. */
export interface ClipInput {
  /** `-` is standard input. */
  readonly path: string;
  readonly width?: number;
  readonly height?: number;
  readonly pixelFormat?: '400' | '420' | '422' | '444';
  readonly bitDepth?: 8 | 10 | 12 | 16;
}

export interface ColourChoice {
  readonly compat?: 'fork';
  readonly matrix?: 'bt601' | 'bt709' | 'bt2020';
  readonly range?: 'limited' | 'full';
}

/** What the thread reads. */
export interface FrameRequest {
  readonly reference: ClipInput;
  readonly distorted: readonly ClipInput[];
  readonly selection: FrameSelection;
  readonly colour: ColourChoice;
}

/** What the thread found behind the names. */
export interface OpenedClips {
  readonly reference: ClipFacts;
  readonly distorted: readonly ClipFacts[];
  /** Frames that will be scored, as far as the inputs say; null where they do not. */
  readonly frames: number | null;
}

/** From the thread: tensors in transferred memory, [1 + count, 3, height, width] or more, the reference first. */
export type FrameReply =
  | { readonly type: 'opened'; readonly clips: OpenedClips }
  | {
      readonly type: 'frame';
      readonly frame: number;
      /** Renditions `first` … `first + count − 1` of the frame. */
      readonly first: number;
      readonly count: number;
      readonly memory: ArrayBuffer;
    }
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly name: string; readonly failure: Failure };

/** To the thread: memory to fill again. */
export interface FrameMemory {
  readonly memory: ArrayBuffer;
}
