import { basename, dirname, join, resolve } from 'node:path';
import {
  jsonDifferences,
  parseRegistry,
  parseSidecar,
  type RegistryEntry,
  type Sidecar,
} from '@vqforge/artifact';
import { parseJson, sha256, type Json } from '@vqforge/base';
import { decodeModel, modelDifferences } from '@vqforge/onnx';
import { findEntry } from '@vqforge/registry';
import { publish, readRegistry } from '@vqforge/registry/node';
import { withTemporaryFolder } from '@vqforge/base/node';
import { MAX_DOCUMENT_BYTES, readIfPresent, writeDocuments } from '@vqforge/artifact/node';
import { PipelineError } from './errors.ts';

/** The files of one model that were rebuilt, in memory. */
export interface Rebuilt {
  readonly onnx: Uint8Array;
  readonly sidecar: Uint8Array;
}

/** An input that a model's provenance names and that was not found. */
export interface MissingInput {
  readonly role: string;
  readonly digest: string;
}

/** Rebuilds one model from the inputs that its sidecar names, or says which are missing. */
export type Rebuild = (
  sidecar: Sidecar,
  scratch: string,
) => Promise<Rebuilt | { readonly missing: readonly MissingInput[] }>;

export interface RegenerateOptions {
  readonly registry: string;
  /** Empty: every entry; models that are pinned, not shipped and without inputs are then skipped. */
  readonly ids: readonly string[];
  /** Compare only; otherwise a file that is missing is put in place when its bytes are the pinned ones. */
  readonly check: boolean;
  readonly rebuild: Rebuild;
}

export interface Regenerated {
  readonly id: string;
  /**
   * `skipped`: not shipped and its inputs are not here; `missing`: a shipped or named model lacks its inputs;
   * `unreproducible`: its inputs may be here, but the way it was made gives no bytes to compare.
   */
  readonly outcome: 'same' | 'different' | 'skipped' | 'missing' | 'unreproducible';
  /** Where the rebuilt files and the pinned ones part, or why there is nothing to compare. */
  readonly differences: readonly string[];
  readonly missing: readonly MissingInput[];
  /** Files put in place. */
  readonly written: readonly string[];
}

/**
 * Rebuilds pinned models from the inputs that their provenance names and compares ONNX, sidecar and registry entry byte
 * for byte with what is pinned. Never replaces a pinned byte by another one.
 *
 * @example
 * const [model] = await regenerate({
 *   registry: 'model/tiny', ids: ['fr_regressor_v1'], check: true,
 *   rebuild: rebuildFrom({ root: '.', from: ['datasets'], now: () => performance.now() }),
 * });
 * model.outcome; // => 'same'; 'missing', with the digests in `missing`, where an input is not found
 */
export async function regenerate({
  registry,
  ids,
  check,
  rebuild,
}: RegenerateOptions): Promise<Regenerated[]> {
  const pinned = await readRegistry(registry);
  const entries = ids.length > 0 ? ids.map((id) => findEntry(pinned.registry, id)) : pinned.registry.models;
  const results: Regenerated[] = [];
  for (const entry of entries) {
    results.push(
      await withTemporaryFolder((scratch) =>
        regenerateOne(join(pinned.folder, pinned.file), entry, {
          check,
          rebuild,
          scratch,
          isNamed: ids.length > 0,
        }),
      ),
    );
  }
  return results;
}

interface OneOptions {
  readonly check: boolean;
  readonly rebuild: Rebuild;
  readonly scratch: string;
  readonly isNamed: boolean;
}

async function regenerateOne(
  registryPath: string,
  entry: RegistryEntry,
  { check, rebuild, scratch, isNamed }: OneOptions,
): Promise<Regenerated> {
  const { id } = entry;
  const folder = dirname(resolve(registryPath));
  // what leaves the folder is not read, and a publish takes plain names only
  if (basename(entry.onnx) !== entry.onnx)
    throw new PipelineError(
      'UNREADABLE',
      `${id} is pinned as ${entry.onnx}, expected a plain file name beside the registry`,
    );
  const result = { id, differences: [], missing: [], written: [] };
  const registryText = await required(registryPath);
  const sidecarName = entry.onnx.replace(/\.onnx$/, '.json');
  const pinnedSidecar = await required(join(folder, sidecarName));
  const rebuilt = await rebuild(parseSidecar(pinnedSidecar), scratch).catch(withoutBytes);
  if ('reason' in rebuilt) return { ...result, outcome: 'unreproducible', differences: [rebuilt.reason] };
  if ('missing' in rebuilt) {
    const isOptional = entry['shipped'] === false && !isNamed;
    return { ...result, outcome: isOptional ? 'skipped' : 'missing', missing: rebuilt.missing };
  }

  // the same publish as the original, into a copy of the registry
  const copy = join(scratch, basename(registryPath));
  await writeDocuments([{ path: copy, text: Buffer.from(registryText).toString('utf8') }]);
  await publish({
    registry: copy,
    onnx: { name: entry.onnx, bytes: rebuilt.onnx },
    sidecar: rebuilt.sidecar,
  });
  const pinnedOnnx = await readIfPresent(join(folder, entry.onnx), MAX_DOCUMENT_BYTES);
  const differences = [
    ...onnxDifferences(entry, pinnedOnnx, rebuilt.onnx),
    ...jsonTextDifferences(sidecarName, pinnedSidecar, rebuilt.sidecar),
    ...entryDifferences(id, registryText, await required(copy)),
  ];
  if (differences.length > 0) return { ...result, outcome: 'different', differences };
  if (check || pinnedOnnx !== undefined) return { ...result, outcome: 'same' };
  const { written } = await publish({
    registry: registryPath,
    onnx: { name: entry.onnx, bytes: rebuilt.onnx },
    sidecar: rebuilt.sidecar,
  });
  return { ...result, outcome: 'same', written: written.map((name) => join(folder, name)) };
}

/** A model that cannot be made again is a finding about that model; the others are still rebuilt. */
function withoutBytes(error: unknown): { reason: string } {
  if (error instanceof PipelineError && (error.code === 'NOT_REPRODUCIBLE' || error.code === 'GATE_REFUSED'))
    return { reason: error.message };
  throw error;
}

/** The entry's JSON; schema versions 0 and 1 lack fields that every publish adds, and these are not compared. */
function entryDifferences(id: string, pinned: Uint8Array, rebuilt: Uint8Array): string[] {
  const [before, after] = [parseRegistry(pinned), parseRegistry(rebuilt)];
  const old = findEntry(before, id) as unknown as Record<string, Json>;
  const fresh = Object.entries(findEntry(after, id)).filter(
    ([key]) => before.schema_version >= 2 || Object.hasOwn(old, key),
  );
  return jsonDifferences(old, Object.fromEntries(fresh) as Json).map(
    ({ path, expected, got }) => `registry entry: ${path}: pinned ${show(expected)}, rebuilt ${show(got)}`,
  );
}

/** Against the file where there is one, and always against the pinned digest. */
function onnxDifferences(
  entry: RegistryEntry,
  pinned: Uint8Array | undefined,
  rebuilt: Uint8Array,
): string[] {
  const digest = sha256(rebuilt);
  const lines: string[] = [];
  if (digest !== entry.sha256) lines.push(`${entry.onnx}: rebuilt sha256 ${digest}, pinned ${entry.sha256}`);
  if (pinned === undefined || Buffer.compare(pinned, rebuilt) === 0) return lines;
  if (lines.length === 0)
    lines.push(`${entry.onnx}: the file has sha256 ${sha256(pinned)}, pinned and rebuilt is ${digest}`);
  try {
    const differences = modelDifferences(decodeModel(pinned), decodeModel(rebuilt));
    return [
      ...lines,
      ...(differences.length > 0
        ? differences
        : ['the models are equal; the bytes of the file are not canonical']
      ).map((line) => `${entry.onnx}: ${line}`),
    ];
  } catch (error) {
    return [...lines, `${entry.onnx}: cannot be decoded: ${(error as Error).message}`];
  }
}

function jsonTextDifferences(name: string, pinned: Uint8Array, rebuilt: Uint8Array): string[] {
  if (Buffer.compare(pinned, rebuilt) === 0) return [];
  const differences = jsonDifferences(parseJson(pinned) as Json, parseJson(rebuilt) as Json).map(
    ({ path, expected, got }) => `${name}: ${path}: pinned ${show(expected)}, rebuilt ${show(got)}`,
  );
  return differences.length > 0 ? differences : [`${name}: the same values in other bytes`];
}

function show(value: Json | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

async function required(path: string): Promise<Uint8Array> {
  const bytes = await readIfPresent(path, MAX_DOCUMENT_BYTES);
  if (bytes === undefined) throw new PipelineError('UNREADABLE', `${path} does not exist`);
  return bytes;
}
