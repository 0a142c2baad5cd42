import * as v from 'valibot';
import { type DocumentKind, type Reader, readerOf, type Writer, writerOf } from './document.ts';
import { distinct, list, matching, type Schema, strictObject } from './schema.ts';
import { count, digest, modelId } from './fields.ts';

/** `history.json` beside the files of a model that was replaced: what lies there, and when in the order of replacements. */
export interface HistoryDocument {
  readonly schema: 'vqforge/history-v1';
  readonly id: string;
  /** Larger for what was replaced later. */
  readonly sequence: number;
  /** SHA-256 of the canonical entry that came instead; null when the model was removed. */
  readonly replaced_by: string | null;
  readonly files: readonly HistoryFile[];
}

/** One file of a model that was replaced. */
export interface HistoryFile {
  readonly name: string;
  readonly sha256: string;
  readonly size_bytes: number;
}

const file: Schema<HistoryFile> = strictObject({
  name: matching(/^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/, 'a plain file name', 256),
  sha256: digest,
  size_bytes: count,
});

const KIND: DocumentKind<HistoryDocument> = {
  name: 'history document',
  schema: strictObject({
    schema: v.literal('vqforge/history-v1'),
    id: modelId,
    sequence: count,
    replaced_by: v.nullable(digest),
    files: v.pipe(
      list(file, 0, 64),
      distinct<HistoryFile>(({ name }) => name),
    ),
  }),
};

/**
 * The document of a replaced model version, read from JSON and checked.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field
 */
export const parseHistory: Reader<HistoryDocument> = readerOf(KIND);

/**
 * The document of a replaced model version as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const formatHistory: Writer<HistoryDocument> = writerOf(KIND);
