import type { CodedError } from '@vqforge/base';
import type { MotionVersion } from '@vqforge/features';
import type { SideColours } from '@vqforge/media';
import type { MetricColumns } from './metric-columns.ts';
import {
  type ClipFacts,
  type ColourFacts,
  type FrameScores,
  type FrameTrust,
  type PairingFacts,
  scoreDocument,
  type ScoreDocument,
} from './score-document.ts';

/** Scores of a run, with what they were made from. */
export interface Outcome {
  /** Metrics of each model and measure, all of the same frames. */
  readonly parts: readonly MetricColumns[];
  /** The clips, where some were opened. */
  readonly clips: { readonly reference: ClipFacts; readonly distorted: readonly ClipFacts[] } | undefined;
  readonly warnings: readonly string[];
  /** Why the scores end before the clips do. */
  readonly failure: CodedError | undefined;
  readonly seconds: number;
}

/** How a document was made. */
interface Making {
  readonly version: string;
  readonly colour: SideColours;
  readonly featuresFrom: readonly string[];
  readonly vmafProgram?: string;
  readonly motion?: MotionVersion;
  /** Where frames are not those of one number from the first on. */
  readonly pairing?: PairingFacts | undefined;
}

/** The fields of a document about frames that were passed over at the start; none where none were. */
export function skippedFrames(reference: number, distorted: number): PairingFacts | undefined {
  return reference + distorted === 0 ? undefined : { by: 'number', skipped: { reference, distorted } };
}

/** The document of a run. */
export function documentOf(
  { version, colour, featuresFrom, vmafProgram, motion = 'v3.2', pairing }: Making,
  { parts, clips, warnings, failure, seconds }: Outcome,
): ScoreDocument {
  const sources = vmafProgram === undefined ? featuresFrom : [vmafProgram];
  const usesFeatures = parts.some((part) => !isLpips(part));
  const teachers = parts.flatMap(({ teacher }) => (teacher === undefined ? [] : [teacher]));
  return scoreDocument({
    version,
    seconds,
    ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
    ...(clips === undefined ? {} : clipsWithMetrics(clips, parts)),
    ...(pairing === undefined ? {} : { pairing }),
    ...(sources.length > 0 && usesFeatures ? { features_from: sources } : {}),
    ...(parts.some(isLpips) ? { colour: colourFacts(colour, clips) } : {}),
    ...(sources.length === 0 && usesFeatures ? { features: { by: 'vqforge', motion } as const } : {}),
    ...(warnings.length === 0 ? {} : { warnings }),
    models: parts.flatMap(({ model }) => (model === undefined ? [] : [model])),
    ...(teachers.length === 0 ? {} : { teachers }),
    frames: frameScores(parts),
  });
}

/** The document of measured features alone, in full precision. */
export function featureDocument(
  { version, motion }: { readonly version: string; readonly motion: MotionVersion },
  { parts, clips, failure, seconds }: Outcome,
): ScoreDocument {
  const teachers = parts.flatMap(({ teacher }) => (teacher === undefined ? [] : [teacher]));
  return scoreDocument(
    {
      version,
      seconds,
      ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
      ...(clips === undefined
        ? {}
        : { reference: clips.reference, distorted: clips.distorted[0] as ClipFacts }),
      features: { by: 'vqforge', motion },
      models: [],
      ...(teachers.length === 0 ? {} : { teachers }),
      frames: frameScores(parts),
    },
    { isExact: true },
  );
}

function isLpips({ model }: MetricColumns): boolean {
  return model?.kind === 'lpips';
}

/** Each rendition with the first of its metrics, LPIPS before others. */
function clipsWithMetrics(
  { reference, distorted }: NonNullable<Outcome['clips']>,
  parts: readonly MetricColumns[],
): Pick<ScoreDocument, 'reference' | 'renditions'> {
  const names = [...((parts.find(isLpips) ?? parts[0])?.columns.keys() ?? [])];
  const metricOf = (at: number): string =>
    (distorted.length === 1 ? names[0] : names.find((name) => name.endsWith(`_${at}`))) ?? '';
  return { reference, renditions: distorted.map((facts, at) => ({ metric: metricOf(at), ...facts })) };
}

/** The matrix stands here where it is one for all clips; each clip has its own too. */
function colourFacts({ compat }: SideColours, clips: Outcome['clips']): ColourFacts {
  const matrix = clips?.reference.matrix;
  const isOne = matrix !== undefined && clips?.distorted.every((clip) => clip.matrix === matrix) === true;
  return { compat: compat ?? 'none', ...(isOne ? { matrix } : {}), chroma_upsampling: 'nearest' };
}

function frameScores(parts: readonly MetricColumns[]): FrameScores[] {
  const columns = parts.flatMap((part) => [...part.columns]);
  const trust = parts.flatMap((part) => [...(part.trust ?? [])]);
  return (parts[0]?.frames ?? []).map((frame, row) => ({
    ...frame,
    metrics: Object.fromEntries(columns.map(([name, values]) => [name, values[row] as number])),
    ...(trust.length === 0
      ? {}
      : { trust: Object.fromEntries(trust.map(([name, levels]) => [name, trustOf(levels[row] as number)])) }),
  }));
}

/** In the order of `TRUST`, which numbers them from 0. */
const TRUST_NAMES: readonly FrameTrust[] = ['table', 'probes', 'beyond'];

function trustOf(level: number): FrameTrust {
  return TRUST_NAMES[level] as FrameTrust;
}
