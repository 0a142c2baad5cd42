import * as v from 'valibot';
import type { EngineName } from '@vqforge/base';
import { type DocumentKind, type Reader, readerOf, type Writer, writerOf } from './document.ts';
import { matching, record, strictObject, text } from './schema.ts';
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
  schema: strictObject({
    schema: v.literal('vqforge-environment-v1'),
    cpu: strictObject({ model: text(256), cores: count }),
    os: strictObject({ platform: name, release: text(256), arch: name }),
    node: name,
    libraries: record(v.string()),
    commit: v.nullable(matching(/^[0-9a-f]{40}$|^[0-9a-f]{64}$/, 'a git object id')),
    dirty: v.nullable(v.boolean()),
    engine: engineName,
    workers: count,
    timings_ms: record(finite),
    native_parity: v.nullable(nativeParity),
  }),
};

/**
 * The environment of a run, read from JSON and checked.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field
 */
export const parseEnvironment: Reader<EnvironmentDocument> = readerOf(KIND);

/**
 * The environment of a run as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const formatEnvironment: Writer<EnvironmentDocument> = writerOf(KIND);
