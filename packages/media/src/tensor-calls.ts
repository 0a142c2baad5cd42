import type { Colour, SideColours } from './colour.ts';
import type { ComparisonOptions } from './comparison.ts';
import type { FrameFormat } from './frame.ts';
import type { Container, DecodedFacts, ScaledFacts } from './video-reader.ts';

/** Settings of the thread that reads frames. */
export interface TensorSetup {
  readonly comparison: ComparisonOptions;
  readonly colour: SideColours;
}

/** The calls of the thread that reads frames, with their answers. */
export interface TensorCalls {
  open: { request: null; reply: OpenedClips };
  /** Fills the memory that it is given; null after the last set. */
  next: { request: TensorPair; reply: { readonly index: number; readonly tensors: TensorPair } | null };
}

/** The clips of a comparison. */
export interface OpenedClips {
  readonly reference: ClipInfo;
  readonly distorted: readonly ClipInfo[];
}

/** A clip as it was opened, and the colour conversion that it gets. */
export interface ClipInfo {
  readonly name: string;
  readonly container: Container;
  readonly format: FrameFormat;
  readonly colour: Colour;
  /** Tags of the file that the conversion does not honour. */
  readonly unhonoured: readonly string[];
  readonly decoded: DecodedFacts | null;
  readonly scaled: ScaledFacts | null;
}

/** Memory of a set, which moves between the threads and is never copied. */
export interface TensorPair {
  /** [3, H, W] */
  readonly reference: Float32Array<ArrayBuffer>;
  /** [N, 3, H, W] */
  readonly distorted: Float32Array<ArrayBuffer>;
}
