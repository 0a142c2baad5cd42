import { CodedError, defined, sha256 } from '@vqforge/base';
import {
  formatRegistry,
  parseRegistry,
  parseSidecar,
  type Registry,
  type RegistryEntry,
  type Sidecar,
} from '@vqforge/artifact/publishing';
import { RegistryError } from './errors.ts';
import { describeScan, scanForServing } from './model-scan.ts';
import { bundleName, cardName, maxBytesOf, pinnedFiles, pinnedSegments, sidecarName } from './pinned-name.ts';
import type { ChangedFile } from './transaction-files.ts';

/** One model to pin. The entry's id, kind, opset, notes and licence are those of the sidecar. */
export interface Publication {
  readonly onnx: { readonly name: string; readonly bytes: Uint8Array };
  /** Written as `<x>.json` beside `<x>.onnx`. */
  readonly sidecar: Uint8Array;
  /** What people read of the model; written as `<x>.md`. Without one, the card of another model goes. */
  readonly card?: Uint8Array;
  /** Sigstore bundle over exactly these files; written as `<x>.onnx.sigstore.json`. */
  readonly bundle?: Uint8Array;
  readonly description?: string;
  /** False for a model that is pinned but not distributed. */
  readonly shipped?: boolean;
}

/** The files of a publication. */
export function filesOf({ onnx, sidecar, card, bundle }: Publication): ChangedFile[] {
  return [
    onnx,
    { name: sidecarName(onnx.name), bytes: sidecar },
    ...(card ? [{ name: cardName(onnx.name), bytes: card }] : []),
    ...(bundle ? [{ name: bundleName(onnx.name), bytes: bundle }] : []),
  ];
}

/** A publication that was checked, with what the registry needs to know of it. */
export interface CheckedPublication extends Publication {
  readonly parsed: Sidecar;
  readonly onnxDigest: string;
  readonly sidecarDigest: string;
}

/**
 * Nothing is pinned that the load rule would refuse: sizes, the sidecar's agreement with the ONNX file, the scan.
 *
 * @throws RegistryError INVALID_PUBLICATION | FORBIDDEN_MODEL | TOO_LARGE | PATH_ESCAPE
 */
export function checkPublication(publication: Publication, registryFile: string): CheckedPublication {
  const { onnx, sidecar } = publication;
  if (pinnedSegments(onnx.name).length !== 1 || !onnx.name.endsWith('.onnx')) {
    throw invalid(`model file ${onnx.name}, expected a plain name that ends in .onnx, beside the registry`);
  }
  if ([sidecarName(onnx.name), bundleName(onnx.name)].includes(registryFile)) {
    throw invalid(`model file ${onnx.name}, whose sidecar would overwrite the registry; choose another name`);
  }
  for (const { name, bytes } of filesOf(publication)) {
    const most = maxBytesOf(name);
    if (bytes.length > most)
      throw new RegistryError('TOO_LARGE', `${name} is ${bytes.length} bytes, expected at most ${most}`);
  }
  const parsed = refusing(() => parseSidecar(sidecar));
  const onnxDigest = sha256(onnx.bytes);
  if (parsed.sha256 !== onnxDigest || parsed.onnx !== onnx.name) {
    throw invalid(
      `a sidecar of ${parsed.onnx} with sha256 ${parsed.sha256}, expected ${onnx.name} with ${onnxDigest}; export both together`,
    );
  }
  const { refused } = scanForServing(onnx.bytes, parsed);
  if (refused.length > 0) {
    throw new RegistryError('FORBIDDEN_MODEL', `${onnx.name} may not be pinned: ${describeScan(refused)}`);
  }
  return { ...publication, parsed, onnxDigest, sidecarDigest: sha256(sidecar) };
}

/** A registry after a change of one entry. */
export interface RegistryUpdate {
  readonly registry: Registry;
  readonly text: string;
  /** The entry as it was; undefined for a new id. */
  readonly old: RegistryEntry | undefined;
  /** The entry as it will be; null when it is removed. */
  readonly entry: RegistryEntry | null;
  /** Files that the entry pinned before and nothing pins any more. */
  readonly orphans: readonly string[];
}

/**
 * The registry with one publication in the place of its id.
 *
 * Keys of the entry that a publication does not own stay as they were. When a digest changes and no new bundle is given,
 * the old bundle goes with its key, as it signs other bytes.
 *
 * @throws RegistryError INVALID_PUBLICATION when another entry pins the same file, or the entry would be invalid
 */
export function updateRegistry(current: Registry | null, publication: CheckedPublication): RegistryUpdate {
  const old = current?.models.find(({ id }) => id === publication.parsed.id);
  return placeEntry(current, publication.parsed.id, updateEntry(old, publication));
}

/**
 * The registry with one entry replaced, added or, for null, removed; every other entry and every unknown key as it was. It
 * is in schema version 2 as soon as every entry pins what that version pins: entries of other tools, which pin no sidecar,
 * would be refused in it, and a change of one id touches no other.
 *
 * @throws RegistryError INVALID_PUBLICATION when another entry pins the same file, or the entry would be invalid
 */
export function placeEntry(
  current: Registry | null,
  id: string,
  entry: RegistryEntry | null,
): RegistryUpdate {
  const models = current?.models ?? [];
  const old = models.find((candidate) => candidate.id === id);
  const others = models.filter((candidate) => candidate !== old);
  const own = new Set(entry === null ? [] : pinnedFiles(entry));
  const rival = others.find((other) => pinnedFiles(other).some((name) => own.has(name)));
  if (rival !== undefined) {
    throw invalid(
      `files ${[...own].join(', ')}, of which entry ${rival.id} pins some already; choose another name`,
    );
  }
  const all = entry === null ? others : [...others, entry];
  const isWhole = all.every((one) => one.sidecar_sha256 !== undefined && one.size_bytes !== undefined);
  const registry: Registry = {
    ...current,
    schema_version: isWhole ? 2 : (current?.schema_version ?? 2),
    models: all,
  };
  const kept = new Set(all.flatMap(pinnedFiles));
  // a change removes nothing outside the registry's own folder, whatever an old entry says
  const orphans = (old ? pinnedFiles(old) : []).filter((name) => !kept.has(name) && !name.includes('/'));
  return refusing(() => {
    const text = formatRegistry(registry);
    return { registry: parseRegistry(text), text, old, entry, orphans };
  });
}

function updateEntry(old: RegistryEntry | undefined, publication: CheckedPublication): RegistryEntry {
  const { parsed, onnx, onnxDigest, sidecarDigest, bundle, description, shipped } = publication;
  const { sigstore_bundle: oldBundle, ...kept } = old ?? {};
  const isSame = old?.sha256 === onnxDigest && old.sidecar_sha256 === sidecarDigest && old.onnx === onnx.name;
  const bundled = bundle === undefined ? (isSame ? oldBundle : undefined) : bundleName(onnx.name);
  return {
    ...kept,
    id: parsed.id,
    kind: parsed.kind,
    onnx: onnx.name,
    opset: parsed.opset,
    notes: parsed.notes,
    license: parsed.license,
    sha256: onnxDigest,
    sidecar_sha256: sidecarDigest,
    size_bytes: onnx.bytes.length,
    ...defined({ license_url: parsed.license_url, description, shipped, sigstore_bundle: bundled }),
  };
}

function refusing<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw invalid(error.message);
  }
}

function invalid(got: string): RegistryError {
  return new RegistryError('INVALID_PUBLICATION', `publication has ${got}`);
}
