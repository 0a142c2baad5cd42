import { basename, join } from 'node:path';
import {
  MAX_METRICS_BYTES,
  formatHistory,
  type HistoryFile,
  type RegistryEntry,
} from '@vqforge/artifact/publishing';
import { canonicalJson, orUndefined, parseJson, sha256 } from '@vqforge/base';
import { digestInside, readInside } from '../bounded-file.ts';
import { ensureFolder, type FileOperations } from '../durable-files.ts';
import { RegistryError, systemCode } from '../errors.ts';
import { EVIDENCE_FILES } from '../journal.ts';
import { bundleName, maxBytesOf, pinnedFiles } from '../pinned-name.ts';
import type { View } from '../snapshot-files.ts';
import { removeFlatFolder, stageFolder } from '../transaction-files.ts';
import type { Places } from './surroundings.ts';
import { latestSequence } from './version-files.ts';

/** One file of a run. */
export interface EvidenceFile {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

/**
 * The evidence of a model: the files of `runs/<id>/` when its metrics say that they made exactly this ONNX file, else none.
 *
 * @throws RegistryError PATH_ESCAPE | NOT_A_FILE | TOO_LARGE | UNREADABLE
 */
export async function evidenceOf(
  runs: string | null,
  id: string,
  onnxDigest: string,
): Promise<EvidenceFile[]> {
  if (runs === null) return [];
  const metrics = await readInside(runs, [id, 'metrics.json'], MAX_METRICS_BYTES);
  if (metrics === null || modelOf(metrics) !== onnxDigest) return [];
  const found: EvidenceFile[] = [];
  for (const name of EVIDENCE_FILES) {
    const file = await digestInside(runs, [id, name]);
    if (file !== null) found.push({ name, path: join(runs, id, name), ...file });
  }
  return found;
}

/** Digest of the ONNX file that a run published; null when it says none. */
function modelOf(metrics: Uint8Array): string | null {
  const document = orUndefined(() => parseJson(metrics, { maxBytes: MAX_METRICS_BYTES })) as
    | { artifacts?: { onnx?: unknown } | null }
    | null
    | undefined;
  const onnx = document?.artifacts?.onnx;
  return typeof onnx === 'string' ? onnx : null;
}

/** Name of the entry among the files of a model that was replaced; the folder is called by its SHA-256. */
const ENTRY_FILE = 'entry.json';
/** Name of the list of those files. */
const HISTORY_FILE = 'history.json';

/** SHA-256 of an entry in its one spelling: it identifies a version of a model. */
export function entryDigest(entry: RegistryEntry): string {
  return sha256(canonicalJson(entry));
}

/** Where a version was kept, and whether no earlier copy of it was there. */
export interface Archived {
  readonly folder: string;
  readonly isNew: boolean;
}

/**
 * Copies a pinned model with entry, signature and evidence to `<history>/<id>/<sha256 of the canonical entry>/`, before
 * anything of it is replaced. The copy appears under its name at one instant, so a kill leaves the whole of it or nothing;
 * a copy of the same version from an earlier replacement makes room. The caller holds the registry's lock.
 *
 * @param replacedBy digest of the entry that comes instead; null for none
 * @returns the folder and whether it is new, or null when no file of the model is there to be kept
 * @throws RegistryError PATH_ESCAPE | NOT_A_FILE | TOO_LARGE | UNREADABLE | BUSY, and what `files` throws
 */
export async function archiveModel(
  view: View,
  entry: RegistryEntry,
  places: Places,
  replacedBy: string | null,
  files: FileOperations,
): Promise<Archived | null> {
  const pinned: { name: string; bytes: Buffer }[] = [];
  for (const path of pinnedFiles(entry)) {
    const bytes = await view.read(path, maxBytesOf(path));
    const name = path === entry.sigstore_bundle ? bundleName(basename(entry.onnx)) : basename(path);
    if (bytes !== null) pinned.push({ name, bytes });
  }
  if (pinned.length === 0) return null;
  const evidence = await evidenceOf(places.runs, entry.id, entry.sha256);
  const text = Buffer.from(canonicalJson(entry));
  const written = [...pinned, { name: ENTRY_FILE, bytes: text }];
  const listed: HistoryFile[] = [
    ...written.map(({ name, bytes }) => ({ name, sha256: sha256(bytes), size_bytes: bytes.length })),
    ...evidence.map(({ name, sha256: digest, size }) => ({ name, sha256: digest, size_bytes: size })),
  ];
  const document = formatHistory({
    schema: 'vqforge/history-v1',
    id: entry.id,
    sequence: 1 + (await latestSequence(places.history, entry.id)),
    replaced_by: replacedBy,
    files: listed,
  });
  const stage = stageFolder(view.folder);
  try {
    await files.makeFolder(stage);
    for (const { name, bytes } of [...written, { name: HISTORY_FILE, bytes: Buffer.from(document) }]) {
      await files.createFile(join(stage, name), bytes);
      await files.syncFile(join(stage, name));
    }
    for (const { name, path, sha256: expected } of evidence) {
      await files.copyFile(path, join(stage, name));
      await files.syncFile(join(stage, name));
      if ((await digestInside(stage, [name]))?.sha256 !== expected)
        throw new RegistryError('BUSY', `${path} changed while it was copied to the history; try again`);
    }
    await files.syncFolder(stage);
    return await moveIntoHistory(view.folder, stage, places.history, entry, files);
  } catch (error) {
    await removeFlatFolder(stage, files).catch(() => undefined);
    throw error;
  }
}

async function moveIntoHistory(
  folder: string,
  stage: string,
  history: string,
  entry: RegistryEntry,
  files: FileOperations,
): Promise<Archived> {
  const parent = join(history, entry.id);
  const target = join(parent, entryDigest(entry));
  for (const path of [history, parent]) await ensureFolder(path, files);
  try {
    await files.rename(stage, target);
    await files.syncFolder(parent);
    return { folder: target, isNew: true };
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(systemCode(error) ?? '')) throw error;
    // an earlier copy of this version, which is still what is pinned: nothing is lost between these two
    const aside = stageFolder(folder);
    await files.rename(target, aside);
    await files.rename(stage, target);
    await removeFlatFolder(aside, files);
  }
  await files.syncFolder(parent);
  return { folder: target, isNew: false };
}

/** Takes back a copy that was made for a change that did not happen. */
export async function discardArchive(
  registryFolder: string,
  { folder, isNew }: Archived,
  files: FileOperations,
): Promise<void> {
  if (isNew) await removeAtOnce(registryFolder, folder, files);
}

/** Removes a folder of the history whole: by one rename first. */
export async function removeAtOnce(
  registryFolder: string,
  path: string,
  files: FileOperations,
): Promise<void> {
  const aside = stageFolder(registryFolder);
  await files.rename(path, aside);
  await removeFlatFolder(aside, files);
}
