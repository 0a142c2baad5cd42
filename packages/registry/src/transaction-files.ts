import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@vqforge/base';
import { temporaryPath } from '@vqforge/base/node';
import { readInside, readPinnedFile } from './bounded-file.ts';
import { ensureFolder, type FileOperations } from './durable-files.ts';
import { RegistryError, systemCode } from './errors.ts';
import {
  type Change,
  COMMIT_FOLDER,
  type EvidenceChange,
  formatJournal,
  isStageName,
  type Journal,
  JOURNAL_FILE,
  STAGE_PREFIX,
} from './journal.ts';
import { MAX_ONNX_BYTES } from './pinned-name.ts';
import { readJournal } from './snapshot-files.ts';

/** A file as it shall be. */
export interface ChangedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Traces of a publisher that had died, and what became of them. */
export interface Recovery {
  readonly kind: 'completed' | 'discarded' | 'unlocked';
  readonly detail: string;
}

/**
 * Write-ahead: everything is written and synced in a stage folder, one rename commits it, and only then are the
 * pinned files touched. The caller holds the lock and has recovered the folder.
 *
 * @param runs folder of the runs, for evidence that changes too
 * @throws before the commit: what `files` throws, with the old state intact; after it: COMMITTED_NOT_APPLIED
 */
export async function commitChange(
  folder: string,
  change: Change<ChangedFile>,
  runs: string | null,
  files: FileOperations,
): Promise<void> {
  const stage = stageFolder(folder);
  const journal: Journal = {
    id: change.id,
    writes: change.writes.map(announced),
    removals: change.removals,
    evidence: change.evidence && { ...change.evidence, writes: change.evidence.writes.map(announced) },
  };
  try {
    await files.makeFolder(stage);
    const contents = [...change.writes, ...(change.evidence?.writes ?? [])].map(({ bytes }) => bytes);
    for (const [index, bytes] of [...contents, Buffer.from(formatJournal(journal))].entries()) {
      const path = join(stage, index < contents.length ? String(index) : JOURNAL_FILE);
      await files.createFile(path, bytes);
      await files.syncFile(path);
    }
    await files.syncFolder(stage);
    await files.rename(stage, join(folder, COMMIT_FOLDER));
  } catch (error) {
    await removeFlatFolder(stage, files).catch(() => undefined);
    throw error;
  }
  try {
    await files.syncFolder(folder);
    await applyJournal(folder, journal, runs, files);
  } catch (cause) {
    throw new RegistryError(
      'COMMITTED_NOT_APPLIED',
      `publish of ${change.id} is committed and every reader sees it, but its files could not be moved into place; the next publish finishes the move`,
      { cause },
    );
  }
}

/** Path of a new stage in the registry's folder. */
export function stageFolder(folder: string): string {
  return join(folder, STAGE_PREFIX + randomBytes(6).toString('hex'));
}

function announced({ name, bytes }: ChangedFile): Journal['writes'][number] {
  return { name, sha256: sha256(bytes), sizeBytes: bytes.length };
}

/**
 * Completes what was committed, discards what was not. The caller holds the lock.
 *
 * @param runs folder of the runs; without one, evidence that was to change stays as it is
 *
 * @throws RegistryError DAMAGED_JOURNAL | PATH_ESCAPE, and what `files` throws
 */
export async function recoverFolder(
  folder: string,
  runs: string | null,
  files: FileOperations,
): Promise<Recovery[]> {
  const recovered: Recovery[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === COMMIT_FOLDER) recovered.push(await recoverCommit(folder, runs, files));
    if (!isStageName(entry.name)) continue;
    const path = join(folder, entry.name);
    // a link is removed, not followed
    await (entry.isDirectory() ? removeFlatFolder(path, files) : files.removeFile(path));
    recovered.push({ kind: 'discarded', detail: `${entry.name} was never committed` });
  }
  return recovered;
}

async function recoverCommit(folder: string, runs: string | null, files: FileOperations): Promise<Recovery> {
  const journal = await readJournal(folder);
  if (journal === null) {
    // the journal is removed last: without it the files are in place
    await removeFlatFolder(join(folder, COMMIT_FOLDER), files);
    return { kind: 'completed', detail: `${COMMIT_FOLDER} was left empty by a finished publish` };
  }
  await assertComplete(folder, journal);
  await applyJournal(folder, journal, runs, files);
  return { kind: 'completed', detail: `publish of ${journal.id} was committed but not moved into place` };
}

/** Idempotent: may be stopped anywhere and run again. */
async function applyJournal(
  folder: string,
  journal: Journal,
  runs: string | null,
  files: FileOperations,
): Promise<void> {
  const commit = join(folder, COMMIT_FOLDER);
  const waiting = new Set(await readdir(commit));
  for (const [index, { name }] of journal.writes.entries()) {
    if (waiting.has(String(index))) await files.rename(join(commit, String(index)), join(folder, name));
  }
  for (const name of journal.removals) await files.removeFile(join(folder, name));
  if (runs !== null && journal.evidence !== null) {
    const start = journal.writes.length;
    const staged = (index: number): string | null =>
      waiting.has(String(start + index)) ? join(commit, String(start + index)) : null;
    await applyEvidence(runs, journal.evidence, staged, files);
  }
  await files.syncFolder(folder);
  await removeFlatFolder(commit, files);
  await files.syncFolder(folder);
}

/** @param staged where the n-th file waits; null when it has been moved */
async function applyEvidence(
  runs: string,
  { run, writes, removals }: EvidenceChange<Journal['writes'][number]>,
  staged: (index: number) => string | null,
  files: FileOperations,
): Promise<void> {
  const folder = join(runs, run);
  if (writes.length > 0) for (const path of [runs, folder]) await ensureFolder(path, files);
  for (const [index, { name }] of writes.entries()) {
    const from = staged(index);
    if (from !== null) await moveAcross(from, join(folder, name), files);
  }
  for (const name of removals) await files.removeFile(join(folder, name));
  if (writes.length > 0) await files.syncFolder(folder);
}

/** As a rename, also where the runs lie on another disk. */
async function moveAcross(from: string, to: string, files: FileOperations): Promise<void> {
  try {
    await files.rename(from, to);
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error;
    const beside = await temporaryPath(to);
    await files.copyFile(from, beside);
    await files.syncFile(beside);
    await files.rename(beside, to);
  }
}

/** Refuses to build a state from a committed folder in which files are missing or changed. */
async function assertComplete(folder: string, { writes }: Journal): Promise<void> {
  for (const [index, { name, sha256: expected }] of writes.entries()) {
    const bytes =
      (await readInside(folder, [COMMIT_FOLDER, String(index)], MAX_ONNX_BYTES)) ??
      (await readPinnedFile(folder, name, MAX_ONNX_BYTES));
    if (bytes === null || sha256(bytes) !== expected) {
      throw new RegistryError(
        'DAMAGED_JOURNAL',
        `${COMMIT_FOLDER} announces ${name} with sha256 ${expected}, which is nowhere in the folder; restore it from version control and delete ${COMMIT_FOLDER}`,
      );
    }
  }
}

/** The journal goes last, because as long as it is there the folder counts as committed. */
export async function removeFlatFolder(path: string, files: FileOperations): Promise<void> {
  const names = await readdir(path);
  const last = names.filter((name) => name === JOURNAL_FILE);
  for (const name of [...names.filter((candidate) => candidate !== JOURNAL_FILE), ...last]) {
    await files.removeFile(join(path, name));
  }
  await files.removeEmptyFolder(path);
}
