import type { ClipFacts, PooledScores } from '@vqforge/score/pure';
import type { ClipFile, ClipSource } from '../clips/clip-file.ts';
import type { Pairing } from '../clips/pairing.ts';

/** The clips and metrics of a run. */
export interface ScoreRequest {
  /** The reference, then its renditions. */
  readonly clips: readonly ClipSource[];
  readonly pairing: Pairing;
  /** Model file of LPIPS. */
  readonly lpips: ClipFile | undefined;
  /** Model file of libvmaf, whose own score is wanted. */
  readonly teacher: ClipFile | undefined;
  /** Threads that measure features. */
  readonly threads: number;
  /** Threads of ONNX Runtime, which only an isolated page can have. */
  readonly modelThreads: number;
  /** Address of the folder that the page was loaded from. */
  readonly base: string;
}

/** Values of consecutive frames that are shown as they come: [metric][rendition][row]. */
export interface ShownRows {
  readonly frames: readonly number[];
  readonly metrics: readonly string[];
  readonly values: readonly (readonly (readonly number[])[])[];
}

/** A message of a run to the page. */
export type ScoreEvent =
  | {
      readonly kind: 'opened';
      readonly reference: ClipFacts;
      readonly renditions: readonly ClipFacts[];
      /** Frames that there are, as far as the files say. */
      readonly total: number | null;
    }
  | {
      readonly kind: 'rows';
      readonly rows: ShownRows;
      /** What this pass over the clips measures. */
      readonly pass: string;
      /** Since this pass over the clips began. */
      readonly seconds: number;
    }
  | {
      readonly kind: 'done';
      /** Frames that were scored, and how many in a second. */
      readonly frames: number;
      readonly fps: number;
      /** Why the scores end before the clips do. */
      readonly failure?: string;
      /** The document as files: a page that takes it apart for a long clip answers nothing meanwhile. */
      readonly files: { readonly json: Blob; readonly csv: Blob };
      /** Pooled scores of each metric that is shown, one per rendition. */
      readonly pooled: ReadonlyMap<string, readonly PooledScores[]>;
      /** Whether the LPIPS model gives heat maps. */
      readonly hasMaps: boolean;
    }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
