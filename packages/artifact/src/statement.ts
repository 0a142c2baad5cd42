import * as v from 'valibot';
import type { Json } from '@vqforge/base';
import { type DocumentKind, type Reader, readerOf, type Writer, writerOf } from './document.ts';
import { json, list, matching, record, type Schema, strictObject } from './schema.ts';
import { digest, name } from './fields.ts';

/** A thing by its digests: https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md */
export interface ResourceDescriptor {
  readonly name?: string;
  readonly uri?: string;
  readonly mediaType?: string;
  /** Lowercase hex by algorithm, such as `sha256` or `gitCommit`. */
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, Json>>;
}

/** A file that the statement is about. */
export interface Subject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

/**
 * How a model was made: an in-toto Statement v1 with the SLSA provenance v1 predicate.
 *
 * Fields that need a clock (`metadata.startedOn`) are left out, so that signing twice gives the same bytes.
 *
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 * @see https://slsa.dev/spec/v1.0/provenance
 */
export interface Statement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly Subject[];
  readonly predicateType: 'https://slsa.dev/provenance/v1';
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: string;
      /** Arguments of the user. */
      readonly externalParameters: Readonly<Record<string, Json>>;
      /** Facts of the machine. */
      readonly internalParameters?: Readonly<Record<string, Json>>;
      readonly resolvedDependencies: readonly ResourceDescriptor[];
    };
    readonly runDetails: {
      readonly builder: { readonly id: string; readonly version?: Readonly<Record<string, string>> };
      readonly byproducts?: readonly ResourceDescriptor[];
    };
  };
}

/** The DSSE payload type of in-toto statements. */
export const STATEMENT_MEDIA_TYPE = 'application/vnd.in-toto+json';

/** TypeURI of the specifications: a scheme and something after it. */
const uri: Schema<string> = matching(/^[a-z][a-z0-9+.-]*:\S+$/, 'a URI', 1024);

const descriptor: Schema<ResourceDescriptor> = strictObject({
  name: v.exactOptional(name),
  uri: v.exactOptional(uri),
  mediaType: v.exactOptional(name),
  digest: v.pipe(
    record(matching(/^([0-9a-f]{40}|[0-9a-f]{64})$/, '40 or 64 lowercase hex digits')),
    v.check((digests) => Object.keys(digests).length > 0, 'expected at least one digest'),
  ),
  annotations: v.exactOptional(record(json)),
});

const KIND: DocumentKind<Statement> = {
  name: 'statement',
  schema: strictObject({
    _type: v.literal('https://in-toto.io/Statement/v1'),
    subject: list(strictObject({ name, digest: strictObject({ sha256: digest }) }), 1),
    predicateType: v.literal('https://slsa.dev/provenance/v1'),
    predicate: strictObject({
      buildDefinition: strictObject({
        buildType: uri,
        externalParameters: record(json),
        internalParameters: v.exactOptional(record(json)),
        resolvedDependencies: v.array(descriptor),
      }),
      runDetails: strictObject({
        builder: strictObject({ id: uri, version: v.exactOptional(record(v.string())) }),
        byproducts: v.exactOptional(v.array(descriptor)),
      }),
    }),
  }),
};

/**
 * An in-toto statement, read from JSON and checked.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field
 */
export const parseStatement: Reader<Statement> = readerOf(KIND);

/**
 * An in-toto statement as canonical JSON.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export const formatStatement: Writer<Statement> = writerOf(KIND);
