import * as v from 'valibot';
import { decodeBase64, MAX_MODEL_BYTES } from '@vqforge/base';
import {
  MAX_METRICS_BYTES,
  readDocument,
  readerOf,
  writeDocument,
  type DocumentKind,
  type Reader,
} from './document.ts';
import { strictObject, text } from './schema.ts';
import { count, digest, finite } from './fields.ts';

/** Loss and accuracy of one epoch, on the training triplets and on the sets held back. */
export interface HeadsEpochRecord {
  /** 1-based. */
  readonly epoch: number;
  /** Mean binary cross-entropy of the training triplets, each batch before its step. */
  readonly loss: number;
  /** Share of judges on the side of the distances, likewise. */
  readonly accuracy: number;
  /** 2AFC score of the validation sets after the epoch. */
  readonly validation_accuracy: number;
}

/** Where a training of LPIPS heads stopped, so that a run of the same key goes on from there. */
interface HeadsProgressDocument {
  readonly schema: 'vqforge/heads-progress-v1';
  /** Digest of all that training depends on. */
  readonly key: string;
  readonly epochs: readonly HeadsEpochRecord[];
  /** Parameters and moments of the optimiser: little-endian float32 as base64. */
  readonly state: {
    readonly parameters: string;
    readonly firstMoment: string;
    readonly secondMoment: string;
  };
}

/** The triplets that the rows of a statistics file stand for, once a pass over the triplets is whole. */
export interface StatisticsIndex {
  /** Content of each set. */
  readonly digests: readonly { readonly set: string; readonly count: number; readonly sha256: string }[];
  /** Sets in their order, with the triplets that are used of each. */
  readonly sets: readonly { readonly set: string; readonly triplets: number }[];
  /** Triplets that are damaged. */
  readonly skipped: number;
}

const setName = text(4096);
const float32s = v.pipe(
  v.string(),
  v.check((base64) => decodeBase64(base64) !== undefined, 'expected base64'),
);

const PROGRESS: DocumentKind<HeadsProgressDocument> = {
  name: 'training progress',
  limits: { maxBytes: MAX_MODEL_BYTES },
  schema: strictObject({
    schema: v.literal('vqforge/heads-progress-v1'),
    key: digest,
    epochs: v.array(
      strictObject({ epoch: count, loss: finite, accuracy: finite, validation_accuracy: finite }),
    ),
    state: strictObject({ parameters: float32s, firstMoment: float32s, secondMoment: float32s }),
  }),
};

const INDEX: DocumentKind<StatisticsIndex & { readonly schema: 'vqforge/statistics-v1' }> = {
  name: 'statistics index',
  limits: { maxBytes: MAX_METRICS_BYTES },
  schema: strictObject({
    schema: v.literal('vqforge/statistics-v1'),
    digests: v.array(strictObject({ set: setName, count, sha256: digest })),
    sets: v.array(strictObject({ set: setName, triplets: count })),
    skipped: count,
  }),
};

/**
 * The progress of an interrupted training of heads, read from JSON and checked.
 *
 * @throws JsonError NOT_JSON | TOO_LARGE; ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const parseHeadsProgress: Reader<HeadsProgressDocument> = readerOf(PROGRESS);

/**
 * The progress of a training of heads as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export function formatHeadsProgress(progress: Omit<HeadsProgressDocument, 'schema'>): string {
  return writeDocument(PROGRESS, { schema: 'vqforge/heads-progress-v1', ...progress });
}

/**
 * The index of the statistics that heads are trained on, read from JSON and checked.
 *
 * @throws JsonError NOT_JSON | TOO_LARGE; ArtifactError INVALID_DOCUMENT naming every bad field
 */
export function parseStatisticsIndex(input: unknown): StatisticsIndex {
  const { schema: _schema, ...index } = readDocument(INDEX, input);
  return index;
}

/**
 * The index of the statistics that heads are trained on, as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export function formatStatisticsIndex(index: StatisticsIndex): string {
  return writeDocument(INDEX, { schema: 'vqforge/statistics-v1', ...index });
}
