import type { CorpusMeasurement } from '@vqforge/artifact';
import type { Json } from '@vqforge/base';
import type { RawFormat } from '@vqforge/media';

/** A clip of a job: where it lies, and what must be in it. */
export interface JobClip {
  /** Relative to the root of the corpus. */
  readonly path: string;
  readonly sha256: string;
  /** State of the file (size and times) when its digest was taken, on the machine that took it. */
  readonly state: string;
}

/** The measuring of one pair of clips, as plain data. */
export interface PairJob {
  readonly id: string;
  readonly reference: JobClip;
  readonly distorted: JobClip;
  /** The format of both clips, where they are raw YUV. */
  readonly raw?: RawFormat;
}

/** The setup of a process that measures, known from its start; paths are absolute. */
export interface PairSetup {
  /** What clips are relative to. */
  readonly root: string;
  /** Folder of the results. */
  readonly results: string;
  readonly measurement: CorpusMeasurement;
  readonly identity: Json;
  /** The teacher's model file. */
  readonly teacherFile: string | null;
  /** Where the LPIPS model is looked for. */
  readonly lpips: {
    readonly registry: string;
    readonly model: string | null;
    readonly allowUnregistered: boolean;
  } | null;
}

/** A request to a process: the measuring of a pair, or the digest of a clip. */
export type PairRequest =
  | { readonly kind: 'pair'; readonly job: PairJob }
  | { readonly kind: 'digest'; readonly path: string };
