import { formatRegistry, type RegistryEntry } from '@vqforge/artifact';
import { bundleCheck, type SignatureCheck } from '../load.ts';
import { type FileOperations, nodeFiles } from '../durable-files.ts';
import { RegistryError } from '../errors.ts';
import type { RegistrySource } from '../registry-source.ts';
import { verifyModel } from '../verified-model.ts';
import { bundleName, maxBytesOf, pinnedFiles } from '../pinned-name.ts';
import { placeEntry } from '../publication.ts';
import {
  changeRegistry,
  changeResult,
  type ChangeOptions,
  type ChangeResult,
  evidenceChange,
  plannedChange,
} from '../registry-change.ts';
import { findEntry, parsedRegistry, registryBytes } from '../registry-entry.ts';
import { locateRegistry } from '../snapshot-files.ts';
import type { ChangedFile } from '../transaction-files.ts';
import { evidenceOf } from './archive-files.ts';
import { EVIDENCE_FILES } from '../journal.ts';
import { chooseVersion, readVersionFile, registryHistory, wholeEntry } from './history-files.ts';
import { placesOf } from './surroundings.ts';
import type { Version } from './version-files.ts';

/** Options of `rollbackModel`. */
export interface RollbackOptions extends ChangeOptions {
  /** The registry's folder, or its JSON file. */
  readonly registry: string;
  readonly id: string;
  /** Digest of a replaced version, or its first digits; default: the last one replaced that is not pinned now. */
  readonly version?: string;
  /** Demands that the version was signed by this key. */
  readonly signature?: SignatureCheck;
}

/** The change that a rollback made. */
export interface RollbackResult extends ChangeResult {
  /** Digest of the version that is pinned now. */
  readonly version: string;
  /** Files of the run's folder that were restored or removed. */
  readonly evidence: readonly string[];
}

/** Evidence is read whole to be restored; predictions of 10^7 rows take some 100 MB. */
const MAX_EVIDENCE_BYTES = 1024 * 1_048_576;

/**
 * Pins a replaced version of a model again: ONNX file, sidecar, signature, entry and evidence change together or not at
 * all, as by `publish`, and what was pinned goes to the history. The version is verified first: every byte against its own
 * digests, then by all checks of a load. An id that was removed comes back.
 *
 * @param files how the disk is changed; only tests give it
 * @throws RegistryError UNKNOWN_VERSION | DAMAGED_HISTORY; those of `loadVerified` for a version that may not be served;
 * INVALID_PUBLICATION when another id uses its file names by now; and those of `publish`
 */
export async function rollbackModel(
  { registry: path, id, version: digest, signature, ...options }: RollbackOptions,
  files: FileOperations = nodeFiles,
): Promise<RollbackResult> {
  const location = await locateRegistry(path);
  const { runs } = placesOf(location.folder, options);
  let restored = '';
  const outcome = await changeRegistry(location, options, files, async (view) => {
    const versions = await registryHistory({ registry: path, id, ...options });
    const version = chooseVersion(versions, id, digest);
    restored = version.digest;
    const entry = wholeEntry(version);
    const model = await verifiedFiles(version, entry, signature);
    const current = parsedRegistry(view, await registryBytes(view));
    const old = current.models.find((candidate) => candidate.id === id);
    const wanted: ChangedFile[] = [];
    for (const name of EVIDENCE_FILES) {
      const bytes = await readVersionFile(version, name, MAX_EVIDENCE_BYTES);
      if (bytes !== null) wanted.push({ name, bytes });
    }
    const there = old === undefined ? [] : await evidenceOf(runs, id, old.sha256);
    const evidence = evidenceChange(runs, id, wanted, there);
    return plannedChange(view, id, placeEntry(current, id, entry), model, evidence);
  });
  const { evidence } = outcome.planned;
  return {
    ...changeResult(location, outcome),
    version: restored,
    evidence: evidence === null ? [] : [...evidence.writes.map(({ name }) => name), ...evidence.removals],
  };
}

/**
 * Takes a model out of the registry: entry, files and evidence go to the history together, whence `rollbackModel` brings
 * them back.
 *
 * @param files how the disk is changed; only tests give it
 * @throws RegistryError UNKNOWN_ID and those of `publish`
 */
export async function removeModel(
  { registry: path, id, ...options }: ChangeOptions & { readonly registry: string; readonly id: string },
  files: FileOperations = nodeFiles,
): Promise<ChangeResult> {
  const location = await locateRegistry(path);
  const { runs } = placesOf(location.folder, options);
  const outcome = await changeRegistry(location, options, files, async (view) => {
    const current = parsedRegistry(view, await registryBytes(view));
    const old = findEntry(current, id);
    const there = await evidenceOf(runs, id, old.sha256);
    return plannedChange(view, id, placeEntry(current, id, null), [], evidenceChange(runs, id, [], there));
  });
  return changeResult(location, outcome);
}

/** The pinned files of a version, checked as they would be when loaded. */
async function verifiedFiles(
  version: Version,
  entry: RegistryEntry,
  signature: SignatureCheck | undefined,
): Promise<ChangedFile[]> {
  if (entry.onnx.includes('/'))
    throw new RegistryError(
      'INVALID_PUBLICATION',
      `version ${version.digest} of ${version.id} lay in ${entry.onnx}, expected a file beside the registry; import it instead`,
    );
  const found: ChangedFile[] = [];
  for (const name of pinnedFiles({ onnx: entry.onnx, sigstore_bundle: bundleName(entry.onnx) })) {
    const bytes = await readVersionFile(version, name, maxBytesOf(name));
    if (bytes !== null) found.push({ name, bytes });
  }
  const isUnshipped = entry.shipped === false && !found.some(({ name }) => name === entry.onnx);
  if (!isUnshipped)
    await verifyModel(sourceOf(version, entry, found), entry.id, signature && bundleCheck(signature));
  return found;
}

/** The version as a registry of its own, in memory. */
function sourceOf(version: Version, entry: RegistryEntry, found: readonly ChangedFile[]): RegistrySource {
  const isWhole = entry.sidecar_sha256 !== undefined && entry.size_bytes !== undefined;
  const text = formatRegistry({ schema_version: isWhole ? 2 : 1, models: [entry] });
  const contents = new Map<string, Uint8Array>(found.map(({ name, bytes }) => [name, bytes]));
  contents.set('registry.json', Buffer.from(text));
  return {
    folder: version.folder,
    file: 'registry.json',
    read: (name) => Promise.resolve(contents.get(name) ?? null),
  };
}
