import type { FoundOffset } from '@vqforge/media';
import type { Pairing } from './pairing.ts';
import type { ClipSource } from './clip-file.ts';

/** A clip that is looked at before it is compared, and a rendition whose place in it is looked for, where one is given. */
export interface ProbeRequest {
  readonly id: number;
  readonly clip: ClipSource;
  readonly rendition?: ClipSource;
  /** How its frames will be paired. */
  readonly by?: Pairing['by'];
}

/** The facts that a clip states of itself. */
export interface ClipLook {
  readonly width: number;
  readonly height: number;
  /** Such as 4:2:0. */
  readonly chroma: string;
  readonly bitDepth: number;
  /** Null where it is not known, or varies. */
  readonly frameRate: number | null;
  /** Null where it is not known before all are read. */
  readonly frames: number | null;
  /** Seconds at which its frames are shown; null where nothing says when. */
  readonly times: Float64Array<ArrayBuffer> | null;
}

/** The facts of a clip that was probed. */
export interface ProbeReply {
  readonly id: number;
  readonly look: ClipLook;
  /** By how much the rendition starts later: seconds where frames are paired by time, else frames. */
  readonly found?: FoundOffset;
}
