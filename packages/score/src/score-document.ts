import type { ModelFamily } from '@vqforge/artifact';
import type { ColourTags, ScaledFacts } from '@vqforge/media';
import { poolScores, type PooledScores } from './metric-columns.ts';

/** One input, as it was read. */
export interface ClipFacts {
  /** Path as it was given. */
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly bit_depth: number;
  readonly chroma: string;
  /** Range that its codes were read in: limited or full. */
  readonly range: string;
  /** Matrix with which YCbCr became RGB, where it did; `rgb` for inputs of RGB. */
  readonly matrix?: string;
  /** Colour tags of a container, in ffprobe's words. */
  readonly colour_tags?: ColourTags;
  /** Those of the tags that LPIPS cannot honour. */
  readonly not_honoured?: readonly string[];
  /** Pixel format of a container, in ffmpeg's words. */
  readonly pixel_format?: string;
  /** What decoded a container, where that was not ffmpeg: `WebCodecs`. */
  readonly decoder?: string;
  readonly alpha?: 'ignored';
  /** Size before it was scaled, and by which filter of what. */
  readonly scaled_from?: ScaledFacts;
  /** Frames per second, null where the input does not say. */
  readonly frame_rate: number | null;
}

/** A distorted clip and the metric that holds its distances. */
export interface RenditionFacts extends ClipFacts {
  readonly metric: string;
}

/** A model that gave metrics. */
export interface ModelFacts {
  /** Null for a file that no registry pins. */
  readonly id: string | null;
  /** Path of a model file that no registry pins. */
  readonly path?: string;
  readonly kind: ModelFamily;
  readonly sha256: string;
  /** The execution provider that the session runs on. */
  readonly provider: string;
  readonly metrics: readonly string[];
  /** Regressors alone: frames whose raw score lay outside the model's range. */
  readonly clipped_frames?: number;
  /** Regressors alone: frames with a feature outside the range seen in training, where the model extrapolates. */
  readonly out_of_range_frames?: number;
  /** Those of `out_of_range_frames` with a feature outside the box of the teacher probes too. */
  readonly beyond_probes_frames?: number;
}

/** A support vector regression of libvmaf that gave metrics. */
export interface TeacherFacts {
  /** Name of its metric. */
  readonly name: string;
  /** Id of upstream, or the path of the model file. */
  readonly model: string;
  /** SHA-256 of the model file. */
  readonly sha256: string;
  readonly metrics: readonly string[];
  /** Limits of the enhancement gain with which its features were measured; 100 is none. */
  readonly gain_limits: { readonly vif: number; readonly adm: number };
}

/** How features were measured from the clips. */
export interface MeasurementFacts {
  /** Program that measured them. */
  readonly by: 'vqforge';
  /** libvmaf's version of motion that they equal. */
  readonly motion: 'v3.2' | 'v3.1';
}

/** How pixels became RGB. */
export interface ColourFacts {
  readonly compat: 'none' | 'fork';
  /** Absent where the clips differ in it: each has its own. */
  readonly matrix?: string;
  readonly chroma_upsampling: 'nearest';
}

/** Which frames were compared, where that is not those of one number from the first on. */
export type PairingFacts =
  | {
      readonly by: 'number';
      /** Frames that were passed over at the start of each side. */
      readonly skipped: { readonly reference: number; readonly distorted: number };
    }
  | {
      /** Each with the nearest in time, at most half a frame of the reference apart; frames say with which. */
      readonly by: 'time';
      /** Seconds by which the renditions start later. */
      readonly offset: number;
      /** Frames that were not compared: of the reference, and of each rendition those without a partner in it. */
      readonly unmatched: { readonly reference: number; readonly renditions: readonly number[] };
    };

/** Why a document ends before its inputs do. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/**
 * Where the features of a frame lie: each within the range of the table that the model was trained on, else each within the
 * box of its teacher probes, else beyond both, where it extrapolates.
 */
export type FrameTrust = 'table' | 'probes' | 'beyond';

/** One row of scores. */
export interface FrameScores {
  readonly frameNum: number;
  /** Source and clip of the row, for scores of a feature table, which holds many clips. */
  readonly source?: string;
  readonly dis_basename?: string;
  /** Where frames are paired by time: the number of each rendition's frame. */
  readonly paired?: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
  /** How far each regressor's metric can be trusted, by the name of the metric. */
  readonly trust?: Readonly<Record<string, FrameTrust>>;
}

/** libvmaf's JSON log, and beside its keys what was scored, by which model, on what. */
export interface ScoreDocument {
  readonly version: string;
  /** Frames scored per second, as in libvmaf: not the clip's frame rate. */
  readonly fps: number;
  readonly partial: boolean;
  /** Why the scores end early, where `partial`. */
  readonly error?: Failure;
  readonly reference?: ClipFacts;
  readonly renditions?: readonly RenditionFacts[];
  /** The one clip of a log of features; scores have `renditions`. */
  readonly distorted?: ClipFacts;
  /** Which frames were compared, where that is not those of one number from the first on. */
  readonly pairing?: PairingFacts;
  /** What was read otherwise than the inputs say, or left out, and why. */
  readonly warnings?: readonly string[];
  readonly features_from?: readonly string[];
  readonly colour?: ColourFacts;
  /** How features were measured, where that was done from the clips. */
  readonly features?: MeasurementFacts;
  readonly models: readonly ModelFacts[];
  readonly teachers?: readonly TeacherFacts[];
  readonly frames: readonly FrameScores[];
  readonly pooled_metrics: Readonly<Record<string, PooledScores>>;
  readonly aggregate_metrics: Readonly<Record<string, never>>;
}

/** A document without what follows from its frames, and with seconds for its speed. */
interface ScoreRecord extends Omit<
  ScoreDocument,
  'fps' | 'partial' | 'pooled_metrics' | 'aggregate_metrics'
> {
  readonly seconds: number;
}

/**
 * The document of a record, pooled.
 *
 * @param isExact keep every number as it is; default: nine significant digits, which a float32 needs
 */
export function scoreDocument(
  { seconds, error, frames, models, teachers, ...facts }: ScoreRecord,
  { isExact = false }: { readonly isExact?: boolean } = {},
): ScoreDocument {
  const metrics = Object.keys(frames[0]?.metrics ?? {});
  const { version, ...inputs } = facts;
  const round = isExact ? (value: number): number => value : shortest;
  return {
    version,
    // libvmaf prints two digits
    fps: Number((frames.length / Math.max(seconds, 1e-3)).toFixed(2)),
    partial: error !== undefined,
    ...(error === undefined ? {} : { error }),
    ...inputs,
    models,
    ...(teachers === undefined ? {} : { teachers }),
    frames: frames.map((frame) => ({ ...frame, metrics: mapValues(frame.metrics, round) })),
    pooled_metrics: Object.fromEntries(
      metrics.map((name) => [
        name,
        rounded(poolScores(frames.map((frame) => frame.metrics[name] as number)), round),
      ]),
    ),
    aggregate_metrics: {},
  };
}

/** Nine significant digits tell every float32 from the next; more would show the rounding of one. */
function shortest(value: number): number {
  return Number(value.toPrecision(9));
}

function rounded(
  { harmonic_mean: harmonic, ...pooled }: PooledScores,
  round: (value: number) => number,
): PooledScores {
  const { min, max, mean, ...percentiles } = mapValues(pooled, round);
  return { min, max, mean, harmonic_mean: harmonic === null ? null : round(harmonic), ...percentiles };
}

function mapValues<K extends string>(
  record: Readonly<Record<K, number>>,
  of: (value: number) => number,
): Record<K, number> {
  return Object.fromEntries(Object.entries<number>(record).map(([key, value]) => [key, of(value)])) as Record<
    K,
    number
  >;
}
