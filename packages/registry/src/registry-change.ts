import { requireKept } from '@vqforge/artifact/node';
import { sha256 } from '@vqforge/base';
import type { FileOperations } from './durable-files.ts';
import { RegistryError, systemCode } from './errors.ts';
import {
  archiveModel,
  discardArchive,
  entryDigest,
  type Archived,
  type EvidenceFile,
} from './history/archive-files.ts';
import { type Places, placesOf, type Surroundings } from './history/surroundings.ts';
import type { Change, EvidenceChange } from './journal.ts';
import { acquireLock, surveyClaims } from './lock-files.ts';
import { cardName, MAX_JSON_BYTES, MAX_ONNX_BYTES } from './pinned-name.ts';
import type { RegistryUpdate } from './publication.ts';
import { type Location, readConsistently, type View } from './snapshot-files.ts';
import { type ChangedFile, commitChange, type Recovery, recoverFolder } from './transaction-files.ts';

/** How a change of a registry waits, and what lies around it. */
export interface ChangeOptions extends Surroundings {
  /** Longest wait for other publishers, milliseconds. Default 30,000. */
  readonly waitMs?: number;
}

/** The outcome of a change of a registry. */
export interface ChangeResult extends Location {
  readonly id: string;
  /** False when the folder already held exactly this: then nothing was written. */
  readonly changed: boolean;
  /** File names, in the registry's folder. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
  /** Folder of the version that was replaced; null when none was. */
  readonly archived: string | null;
  /** Remains of earlier publishers. */
  readonly recovered: readonly Recovery[];
}

/** A change that was made, or found to be empty. */
interface MadeChange {
  readonly planned: PlannedChange;
  /** Folder of the version that was replaced; null when none was. */
  readonly archived: string | null;
  readonly recovered: readonly Recovery[];
}

/** A change of one id, planned on one view. */
export interface PlannedChange extends Change<ChangedFile> {
  readonly registryDigest: string;
  readonly update: RegistryUpdate;
  /** Whether files of the old version are replaced or removed, so that it is kept first. */
  readonly replaces: boolean;
}

/**
 * The writes and removals that bring a registry to `update`; what is there already is left alone.
 *
 * @param wanted the files of the entry
 * @throws RegistryError TOO_LARGE and those of reading
 */
export async function plannedChange(
  view: View,
  id: string,
  update: RegistryUpdate,
  wanted: readonly ChangedFile[],
  evidence: EvidenceChange<ChangedFile> | null = null,
): Promise<PlannedChange> {
  const writes: ChangedFile[] = [];
  let replaces = false;
  // the registry comes last, so that a tool that does not know the journal finds the new files when it reads it
  for (const { name, bytes } of [...wanted, { name: view.file, bytes: Buffer.from(update.text) }]) {
    const cap = name === view.file ? MAX_JSON_BYTES : MAX_ONNX_BYTES;
    if (bytes.length > cap)
      throw new RegistryError('TOO_LARGE', `${name} would be ${bytes.length} bytes, expected at most ${cap}`);
    const present = await view.read(name, cap);
    if (present?.equals(bytes) === true) continue;
    writes.push({ name, bytes });
    // a card that was written anew is no other version of the model
    replaces ||= present !== null && name !== view.file && !isCard(name);
  }
  const removals: string[] = [];
  for (const name of [...update.orphans, ...staleCard(update, wanted)])
    if ((await view.read(name, MAX_ONNX_BYTES)) !== null) removals.push(name);
  return {
    id,
    writes,
    removals,
    evidence,
    registryDigest: sha256(update.text),
    update,
    replaces: update.old !== undefined && (replaces || removals.some((name) => !isCard(name))),
  };
}

function isCard(name: string): boolean {
  return name.endsWith('.md');
}

/** The card of the model before, where another one comes without a card. */
function staleCard({ old, entry }: RegistryUpdate, wanted: readonly ChangedFile[]): string[] {
  if (old === undefined || entry === null || wanted.some(({ name }) => isCard(name))) return [];
  const isSame = old.sha256 === entry.sha256 && old.sidecar_sha256 === entry.sidecar_sha256;
  return isSame ? [] : [cardName(entry.onnx)];
}

/** Whether a plan changes anything. */
export function isEmpty({ writes, removals, evidence }: PlannedChange): boolean {
  const changes = (evidence?.writes.length ?? 0) + (evidence?.removals.length ?? 0);
  return writes.length + removals.length + changes === 0;
}

/**
 * Under the lock: recovers what others left, plans on a quiet view, keeps what will be replaced, commits.
 *
 * @throws what `plan` throws and RegistryError LOCK_TIMEOUT | BUSY | DAMAGED_JOURNAL | UNWRITABLE, all with the old state
 * intact; COMMITTED_NOT_APPLIED with the new state in force
 */
export async function changeRegistry(
  location: Location,
  options: ChangeOptions,
  files: FileOperations,
  plan: (view: View) => Promise<PlannedChange>,
): Promise<MadeChange> {
  try {
    return await changeLocked(location, options, files, plan);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new RegistryError(
      'UNWRITABLE',
      `registry folder ${location.folder} or its history cannot be written: ${code}; the old state is intact`,
      { cause: error },
    );
  }
}

async function changeLocked(
  location: Location,
  options: ChangeOptions,
  files: FileOperations,
  plan: (view: View) => Promise<PlannedChange>,
): Promise<MadeChange> {
  const { folder } = location;
  await requireKept(folder, `registry ${folder}`);
  const places = placesOf(folder, options);
  const lock = await acquireLock(folder, files, options.waitMs ?? 30_000);
  try {
    const recovered = [
      ...(await removeDeadClaims(folder, files)),
      ...(await recoverFolder(folder, places.runs, files)),
    ];
    const planned = await readConsistently(location, plan);
    if (isEmpty(planned)) return { planned, archived: null, recovered };
    const archived = await keepReplaced(location, planned, places, files);
    try {
      await commitChange(folder, planned, places.runs, files);
    } catch (error) {
      const isCommitted = error instanceof RegistryError && error.code === 'COMMITTED_NOT_APPLIED';
      if (archived !== null && !isCommitted)
        await discardArchive(folder, archived, files).catch(() => undefined);
      throw error;
    }
    return { planned, archived: archived?.folder ?? null, recovered };
  } finally {
    // a claim that cannot be removed ends with this process: the next publisher sees that it is dead
    await lock.release().catch(() => undefined);
  }
}

async function keepReplaced(
  location: Location,
  { update: { old, entry }, replaces }: PlannedChange,
  places: Places,
  files: FileOperations,
): Promise<Archived | null> {
  if (old === undefined || !replaces) return null;
  const next = entry === null ? null : entryDigest(entry);
  return readConsistently(location, (view) => archiveModel(view, old, places, next, files));
}

async function removeDeadClaims(folder: string, files: FileOperations): Promise<Recovery[]> {
  const { dead } = await surveyClaims(folder);
  for (const name of dead) await files.removeFile(`${folder}/${name}`);
  return dead.map((name) => ({ kind: 'unlocked', detail: `${name} belonged to a process that is gone` }));
}

/** The result that every change of a registry reports, whatever command made it. */
export function changeResult(location: Location, { planned, archived, recovered }: MadeChange): ChangeResult {
  return {
    ...location,
    id: planned.id,
    changed: !isEmpty(planned),
    written: planned.writes.map(({ name }) => name),
    removed: planned.removals,
    archived,
    recovered,
  };
}

/** The evidence of a run as it shall be, where it is not so already; removals are of files of the old version. */
export function evidenceChange(
  runs: string | null,
  id: string,
  wanted: readonly ChangedFile[],
  old: readonly EvidenceFile[],
): EvidenceChange<ChangedFile> | null {
  if (runs === null) return null;
  const present = new Map(old.map(({ name, sha256: digest }) => [name, digest]));
  const writes = wanted.filter(({ name, bytes }) => present.get(name) !== sha256(bytes));
  const kept = new Set(wanted.map(({ name }) => name));
  const removals = old.map(({ name }) => name).filter((name) => !kept.has(name));
  return writes.length + removals.length === 0 ? null : { run: id, writes, removals };
}
