import * as v from 'valibot';
import type { Json } from '@vqforge/base';
import { type DocumentKind, type Reader, readerOf, type Writer, writerOf } from './document.ts';
import { json, list, type Schema, strictObject, text } from './schema.ts';
import { count, digest, finite, name } from './fields.ts';

/** Measurements of one pair of clips, without their names: a row per frame. */
export interface CorpusResult {
  readonly schema: 'vqforge/corpus-result-v1';
  /** Features, clips and kernels of the measurement; its digest is the id of the job. */
  readonly identity: Json;
  /** Numbers of the frames, from 0. */
  readonly frames: readonly number[];
  /** Measurements, each with a value per frame. */
  readonly columns: readonly { readonly name: string; readonly values: readonly number[] }[];
}

/** A job that was given up. */
export interface DeadLetter {
  readonly schema: 'vqforge/corpus-dead-letter-v1';
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
}

/** How far a corpus is, as `vqforge corpus status --json` prints it. Counts are of pairs. */
export interface CorpusStatus {
  readonly pairs: number;
  readonly done: number;
  readonly waiting: number;
  /** Digests of their clips are not taken yet. */
  readonly unread: number;
  readonly dead_letters: readonly {
    readonly source: string;
    readonly dis_basename: string;
    readonly id: string;
    readonly code: string;
    readonly message: string;
    readonly attempts: number;
  }[];
  /** Results an hour, over those of the last ten minutes; null where there are fewer than two. */
  readonly per_hour: number | null;
  /** Until all that waits is done, at that rate; null where it is not known. */
  readonly seconds_left: number | null;
}

/** How the pairs of a corpus are measured. */
export interface CorpusMeasurement {
  readonly motion: 'v3.2' | 'v3.1';
  readonly neg: boolean;
  readonly additive: boolean;
  readonly psnr: boolean;
  readonly scale: boolean;
  readonly subsample: number;
  /** The model whose scores are added. */
  readonly teacher: { readonly model: string; readonly sha256: string } | null;
  /** The model of LPIPS whose distances are added. */
  readonly lpips: { readonly model: string; readonly sha256: string } | null;
}

/** `corpus.json` in the folder of a run: which manifest it works off, and what it measures. */
export interface CorpusRun {
  readonly schema: 'vqforge/corpus-run-v1';
  readonly manifest: {
    /** Its name in this folder, where a copy lies. */
    readonly file: string;
    readonly sha256: string;
    /** The folder that its paths are relative to, relative to this folder. */
    readonly root: string;
  };
  readonly measurement: CorpusMeasurement;
  /** The part that the ids of all jobs have in common. */
  readonly identity: Json;
  /** Name of the queue that the jobs of this folder go through, where they go through one. */
  readonly queue: string;
}

/** `lineage.json` beside the table of a corpus: what it was made of, and how. */
export interface CorpusLineage {
  readonly schema: 'vqforge/corpus-lineage-v1';
  readonly manifest: { readonly name: string; readonly sha256: string };
  readonly measurement: CorpusMeasurement;
  readonly identity: Json;
  readonly table: { readonly path: string; readonly sha256: string; readonly rows: number };
  readonly pairs: readonly {
    readonly source: string;
    readonly dis_basename: string;
    readonly reference_sha256: string;
    readonly distorted_sha256: string;
    readonly id: string;
  }[];
  /** Pairs without rows, in a table that is partial. */
  readonly missing: readonly {
    readonly source: string;
    readonly dis_basename: string;
    readonly why: string;
  }[];
}

/** A result of 2^20 frames with 30 columns is 600 MB, and no clip. */
const MAX_RESULT_BYTES = 256 * 2 ** 20;
const MAX_LIST_BYTES = 512 * 2 ** 20;

const RESULT: DocumentKind<CorpusResult> = {
  name: 'corpus result',
  schema: v.pipe(
    strictObject({
      schema: v.literal('vqforge/corpus-result-v1'),
      identity: json,
      frames: list(count, 1),
      columns: list(strictObject({ name, values: v.array(finite) }), 1),
    }),
    v.check(
      ({ frames, columns }) => columns.every(({ values }) => values.length === frames.length),
      'expected a value per frame in every column',
    ),
  ),
  limits: { maxBytes: MAX_RESULT_BYTES },
};

const DEAD_LETTER: DocumentKind<DeadLetter> = {
  name: 'dead letter',
  schema: strictObject({
    schema: v.literal('vqforge/corpus-dead-letter-v1'),
    id: name,
    code: name,
    message: text(65_536),
    attempts: count,
  }),
};

const model = v.nullable(strictObject({ model: name, sha256: digest }));

const measurement: Schema<CorpusMeasurement> = strictObject({
  motion: v.picklist(['v3.2', 'v3.1']),
  neg: v.boolean(),
  additive: v.boolean(),
  psnr: v.boolean(),
  scale: v.boolean(),
  subsample: count,
  teacher: model,
  lpips: model,
});

const RUN: DocumentKind<CorpusRun> = {
  name: 'corpus.json',
  schema: strictObject({
    schema: v.literal('vqforge/corpus-run-v1'),
    manifest: strictObject({ file: name, sha256: digest, root: text(4096) }),
    measurement,
    identity: json,
    queue: name,
  }),
};

const pair = { source: name, dis_basename: name };

const LINEAGE: DocumentKind<CorpusLineage> = {
  name: 'corpus lineage',
  schema: strictObject({
    schema: v.literal('vqforge/corpus-lineage-v1'),
    manifest: strictObject({ name, sha256: digest }),
    measurement,
    identity: json,
    table: strictObject({ path: name, sha256: digest, rows: count }),
    pairs: v.array(strictObject({ ...pair, reference_sha256: digest, distorted_sha256: digest, id: name })),
    missing: v.array(strictObject({ ...pair, why: text(65_536) })),
  }),
  limits: { maxBytes: MAX_LIST_BYTES },
};

/**
 * The measurements of one pair of clips, read from JSON and checked.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field; JsonError
 */
export const parseCorpusResult: Reader<CorpusResult> = readerOf(RESULT);

/**
 * A pair that was given up, read from JSON and checked.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field; JsonError
 */
export const parseDeadLetter: Reader<DeadLetter> = readerOf(DEAD_LETTER);

/**
 * A pair that was given up, as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const formatDeadLetter: Writer<DeadLetter> = writerOf(DEAD_LETTER);

/**
 * `corpus.json` of a run's folder, read from JSON and checked.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field; JsonError
 */
export const parseCorpusRun: Reader<CorpusRun> = readerOf(RUN);

/**
 * `corpus.json` of a run's folder, as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const formatCorpusRun: Writer<CorpusRun> = writerOf(RUN);

/**
 * From which clips, models and kernels a table was measured, as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const formatCorpusLineage: Writer<CorpusLineage> = writerOf(LINEAGE);
