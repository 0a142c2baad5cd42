import { canonicalJson } from '@vqforge/base';
import { ArtifactError } from './errors.ts';
import { type JsonLimits, parseJson } from '@vqforge/base';
import { checked, type Schema } from './schema.ts';

/** One kind of document: its name in messages, its shape, and how large it may be. */
export interface DocumentKind<T> {
  readonly name: string;
  readonly schema: Schema<T>;
  readonly limits?: Partial<JsonLimits>;
}

/** Bytes and text are parsed as strict JSON first; anything else is taken as the value itself. */
export function readDocument<T>(kind: DocumentKind<T>, input: unknown): T {
  const value = isText(input) ? parseJson(input, kind.limits, kind.name) : input;
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

function isText(input: unknown): input is Uint8Array | string {
  return typeof input === 'string' || input instanceof Uint8Array;
}
