import { compactJson, defined, type Json, sha256, SHA256_PATTERN } from '@vqforge/base';
import type { EnvironmentDocument, ProvenanceValue, ResourceDescriptor, Statement } from '@vqforge/artifact';
import { byFamily, type RegistryEntry, type Sidecar } from '@vqforge/artifact/pinned';
import { sidecarName } from '../pinned-name.ts';

/** Facts about the making of a model that its sidecar does not hold. */
export interface BuildFacts {
  /** Who built and signs, as a URI; default `urn:vqforge:builder:local`, an unnamed machine. */
  readonly builderId?: string;
  /** Git object id of the sources that the model was made with. */
  readonly sourceCommit?: string;
  /** Machine facts of the run, from its environment.json; its commit counts when the work tree was clean. */
  readonly environment?: EnvironmentDocument;
}

const BUILD_TYPE = 'urn:vqforge:build:v1';
const LOCAL_BUILDER = 'urn:vqforge:builder:local';
/** Byproduct under which the statement repeats the registry entry. */
const ENTRY = 'registry entry';

/**
 * The statement about one pinned model: subjects are its two files, dependencies what its sidecar's provenance names,
 * and the registry entry is repeated whole, so that the signature covers it too.
 */
export function modelStatement(
  entry: RegistryEntry,
  sidecar: Sidecar,
  sidecarDigest: string,
  { builderId = LOCAL_BUILDER, sourceCommit, environment }: BuildFacts,
): Statement {
  const { entrypoint, args } = sidecar.run_provenance;
  const commit = sourceCommit ?? (environment?.dirty === false ? environment.commit : null);
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: entry.onnx, digest: { sha256: entry.sha256 } },
      { name: sidecarName(entry.onnx), digest: { sha256: sidecarDigest } },
    ],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { entrypoint: toJson(entrypoint), args },
        ...(environment === undefined ? {} : { internalParameters: { environment: toJson(environment) } }),
        resolvedDependencies: [
          ...(commit === null ? [] : [{ name: 'source', digest: { gitCommit: commit } }]),
          ...dependenciesOf(sidecar),
        ],
      },
      runDetails: {
        builder: {
          id: builderId,
          ...('package' in entrypoint ? { version: { [entrypoint.package]: entrypoint.version } } : {}),
        },
        byproducts: [
          {
            name: ENTRY,
            digest: { sha256: sha256(compactJson(entry)) },
            annotations: { entry: toJson(entry) },
          },
        ],
      },
    },
  };
}

/** The registry entry that a statement was made for; undefined in a statement that repeats none. */
export function attestedEntry({ predicate }: Statement): Json | undefined {
  return predicate.runDetails.byproducts?.find(({ name }) => name === ENTRY)?.annotations?.['entry'];
}

/**
 * Lists what a model was made from, as dependencies of its provenance. The digests of a table's rows and of a network's tensors are of no file, so they have names of
 * their own: a tool that matches `sha256` against files must not find them.
 */
export function dependenciesOf(sidecar: Sidecar): ResourceDescriptor[] {
  const { inputs = {} } = sidecar.run_provenance;
  const own = byFamily<ResourceDescriptor[]>(sidecar, {
    'fr-regressor': ({ training, teacher }) => {
      const tables = { table: training, ...defined({ probes: training.augmentation }) };
      return Object.entries(tables).map(([name, { dataset, dataset_digest: digest }]) => ({
        name,
        digest: { vqforgeTableContent: digest },
        annotations: { dataset, teacher: teacher.model },
      }));
    },
    lpips: ({ weights }) =>
      Object.entries(weights).map(([name, digest]) => ({ name, digest: { vqforgeTensorContent: digest } })),
  });
  const known = new Set(own.flatMap(({ digest }) => Object.values(digest)));
  return [
    ...own,
    ...digestsOf(inputs)
      .filter(([, digest]) => !known.has(digest))
      .map(([name, digest]) => ({ name, digest: { sha256: digest } })),
  ];
}

/** Every digest in a block's inputs, by role; a list numbers its items. */
function digestsOf(inputs: Readonly<Record<string, ProvenanceValue>>): [role: string, digest: string][] {
  return Object.entries(inputs).flatMap(([role, value]): [string, string][] => {
    if (value === null) return [];
    if (typeof value === 'string') return SHA256_PATTERN.test(value) ? [[role, value]] : [];
    if ('path' in value) return value.sha256 === undefined ? [] : [[role, value.sha256]];
    return value.flatMap((item, index) => digestsOf({ [`${role}.${index}`]: item }));
  });
}

/** A document as plain JSON; documents hold nothing else. */
function toJson(document: object): Json {
  return JSON.parse(compactJson(document)) as Json;
}
