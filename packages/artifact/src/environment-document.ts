import * as z from 'zod';
import type { EngineName } from '@vqforge/base';
import { type DocumentKind, readDocument, writeDocument } from './document.ts';
import { count, engineName, finite, name, nativeParity, type Parity } from './fields.ts';

/** `runs/<id>/environment.json`: machine facts of one run, never a user name, host name or absolute path. */
export interface EnvironmentDocument {
  readonly schema: 'vqforge-environment-v1';
  readonly cpu: { readonly model: string; readonly cores: number };
  readonly os: { readonly platform: string; readonly release: string; readonly arch: string };
  readonly node: string;
  /** Versions of the libraries that computed something, by package name. */
  readonly libraries: Readonly<Record<string, string>>;
  /** Null outside a git work tree. */
  readonly commit: string | null;
  readonly dirty: boolean | null;
  readonly engine: EngineName;
  readonly workers: number;
  /** Milliseconds by phase. */
  readonly timings_ms: Readonly<Record<string, number>>;
  /** The exported file under onnxruntime-node; null when it was not run. */
  readonly native_parity: Parity<'native'> | null;
}

const KIND: DocumentKind<EnvironmentDocument> = {
  name: 'environment document',
  schema: z.strictObject({
    schema: z.literal('vqforge-environment-v1'),
    cpu: z.strictObject({ model: z.string().max(256), cores: count }),
    os: z.strictObject({ platform: name, release: z.string().max(256), arch: name }),
    node: name,
    libraries: z.record(z.string(), z.string()),
    commit: z
      .string()
      .regex(/^[0-9a-f]{40}$|^[0-9a-f]{64}$/, 'expected a git object id')
      .nullable(),
    dirty: z.boolean().nullable(),
    engine: engineName,
    workers: count,
    timings_ms: z.record(z.string(), finite),
    native_parity: nativeParity.nullable(),
  }),
};

/**
 * The environment of a run, read from JSON and checked.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field
 */
export function parseEnvironment(input: unknown): EnvironmentDocument {
  return readDocument(KIND, input);
}

/**
 * The environment of a run as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export function formatEnvironment(environment: EnvironmentDocument): string {
  return writeDocument(KIND, environment);
}
