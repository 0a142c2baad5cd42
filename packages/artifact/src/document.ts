import * as z from 'zod';
import { canonicalJson } from '@vqforge/base';
import { ArtifactError } from './errors.ts';
import { type JsonLimits, parseJson } from '@vqforge/base';

/** One kind of document: its name in messages, its shape, and how large it may be. */
export interface DocumentKind<T> {
  readonly name: string;
  readonly schema: z.ZodType<T>;
  readonly limits?: Partial<JsonLimits>;
}

/** Bytes and text are parsed as strict JSON first; anything else is taken as the value itself. */
export function readDocument<T>(kind: DocumentKind<T>, input: unknown): T {
  const value = isText(input) ? parseJson(input, kind.limits, kind.name) : input;
  const result = kind.schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidDocument(kind.name, problemsOf(result.error));
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

/** One line per bad field: `path: what is wrong`. */
export function problemsOf(error: z.ZodError): string[] {
  return error.issues.flatMap(({ code, path, message, ...issue }) => {
    const where = path.length === 0 ? '$' : path.map(String).join('.');
    if (code === 'unrecognized_keys' && 'keys' in issue)
      return [`${where}: unknown ${issue.keys.join(', ')}`];
    return [`${where}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`];
  });
}

function isText(input: unknown): input is Uint8Array | string {
  return typeof input === 'string' || input instanceof Uint8Array;
}
