import { canonicalJson, parseJson, type JsonLimits } from '@vqforge/base';
import { ArtifactError } from './errors.ts';
import { checked, type Schema } from './schema.ts';

/** The largest sidecar, in bytes: 1 MiB, as in lusoris/vmaf. */
export const MAX_SIDECAR_BYTES: number = 1_048_576;
/** The largest manifest of a dataset, in bytes: a page of text is some thousand. */
export const MAX_MANIFEST_BYTES: number = 4 * 1_048_576;
/** The largest metrics of a run, or evaluation, in bytes: 50,000 folds of 300, or all damaged items of 100,000. */
export const MAX_METRICS_BYTES: number = 16 * 1_048_576;

/** One kind of document: its name in messages, its shape, and how large it may be. */
export interface DocumentKind<T> {
  readonly name: string;
  readonly schema: Schema<T>;
  readonly limits?: Partial<JsonLimits>;
}

/** Reads one kind of document: JSON as text or bytes, or the value that it stands for. */
export type Reader<T> = (input: unknown) => T;

/** Writes one kind of document as canonical JSON. */
export type Writer<T> = (document: T) => string;

/** `readDocument` of one kind. */
export function readerOf<T>(kind: DocumentKind<T>): Reader<T> {
  return (input) => readDocument(kind, input);
}

/** `writeDocument` of one kind. */
export function writerOf<T>(kind: DocumentKind<T>): Writer<T> {
  return (document) => writeDocument(kind, document);
}

/** Bytes and text are parsed as strict JSON first; anything else is taken as the value itself. */
export function readDocument<T>(kind: DocumentKind<T>, input: unknown): T {
  const isText = typeof input === 'string' || input instanceof Uint8Array;
  const value = isText ? parseJson(input, kind.limits, kind.name) : input;
  const result = checked(kind.schema, value);
  if ('problems' in result) throw invalidDocument(kind.name, result.problems);
  return result.value;
}

/** Checked against the same schema as reading, so nothing is written that cannot be read back. */
export function writeDocument<T>(kind: DocumentKind<T>, value: T): string {
  return canonicalJson(readDocument(kind, value));
}

/** All bad fields of one document as one error. */
export function invalidDocument(name: string, problems: readonly string[]): ArtifactError {
  return new ArtifactError(
    'INVALID_DOCUMENT',
    `${name} has ${problems.length} bad field(s): ${problems.join('; ')}`,
  );
}
