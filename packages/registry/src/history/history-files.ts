import { MODEL_ID, type RegistryEntry } from '@vqforge/artifact';
import { requireKept } from '@vqforge/artifact/node';
import { SHA256_PATTERN } from '@vqforge/base';
import { readInside } from '../bounded-file.ts';
import { type FileOperations, nodeFiles } from '../durable-files.ts';
import { RegistryError } from '../errors.ts';
import type { Finding } from '../finding.ts';
import { acquireLock } from '../lock-files.ts';
import type { ChangeOptions } from '../registry-change.ts';
import { registryIfPresent } from '../registry-entry.ts';
import { locateRegistry, readConsistently } from '../snapshot-files.ts';
import { listTree, strayFinding } from '../tree-files.ts';
import { entryDigest, removeAtOnce } from './archive-files.ts';
import { placesOf, type Surroundings } from './surroundings.ts';
import { historyIds, type Version, versionsOf } from './version-files.ts';

/** Which history is asked for. */
export interface HistoryOptions extends Surroundings {
  /** The registry's folder, or its JSON file. */
  readonly registry: string;
  /** Default: every id that has a history. */
  readonly id?: string;
}

/** One version of a model that was replaced. */
export interface ReplacedVersion extends Version {
  /** Whether the registry pins this very entry now. */
  readonly isCurrent: boolean;
  /** Whether metrics of the run that made it are kept with it. */
  readonly hasEvidence: boolean;
}

/**
 * The versions that were replaced, the last one first, ids sorted. Every byte is checked against the digests that the
 * version keeps; what does not hold stands in `problems` and is no error here.
 *
 * @throws RegistryError UNREADABLE and those of `readRegistry` but MISSING_REGISTRY
 * @example (await registryHistory({ registry: 'model/tiny', id: 'mine' })).map(({ digest }) => digest.slice(0, 8))
 */
export async function registryHistory({
  registry: path,
  id,
  ...surroundings
}: HistoryOptions): Promise<ReplacedVersion[]> {
  const location = await locateRegistry(path);
  const { history } = placesOf(location.folder, surroundings);
  const current = await readConsistently(location, async (view) => {
    const models = (await registryIfPresent(view))?.models ?? [];
    return new Map(models.map((entry) => [entry.id, entryDigest(entry)]));
  });
  const ids = (await historyIds(history)).filter((name) => id === undefined || name === id);
  const versions = [];
  for (const one of ids) versions.push(...(await versionsOf(history, one)));
  return versions.map((version) => ({
    ...version,
    isCurrent: current.get(version.id) === version.digest,
    hasEvidence: version.document?.files.some(({ name }) => name === 'metrics.json') ?? false,
  }));
}

/**
 * The one version that a digest, or the beginning of one, names; without it the last one replaced that is not pinned now.
 *
 * @throws RegistryError UNKNOWN_VERSION
 */
export function chooseVersion(
  versions: readonly ReplacedVersion[],
  id: string,
  digest: string | undefined,
): ReplacedVersion {
  const matching = versions.filter((version) =>
    digest === undefined ? !version.isCurrent : version.digest.startsWith(digest),
  );
  const [first, second] = matching;
  if (first !== undefined && (digest === undefined || second === undefined)) return first;
  const known = versions.map((version) => version.digest.slice(0, 12)).join(', ') || 'none';
  throw new RegistryError(
    'UNKNOWN_VERSION',
    first === undefined
      ? `the history of ${id} has no version${digest === undefined ? ' to go back to' : ` ${digest}`}, expected one of: ${known}`
      : `${digest ?? ''} names ${matching.length} versions of ${id}, expected more digits of one of: ${known}`,
  );
}

/** The bytes of one file of a version; null when it keeps none of that name. */
export function readVersionFile({ folder }: Version, name: string, maxBytes: number): Promise<Buffer | null> {
  return readInside(folder, [name], maxBytes);
}

/**
 * One finding per version that is not what its own digests say, and for each file that belongs to no version.
 *
 * @param history folder of the history; one that does not exist is fine
 * @param shown how findings call it
 */
export async function verifyHistory(history: string, shown: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { path } of await listTree(history, ''))
    if (!isVersionFile(path))
      findings.push(...strayFinding(`${shown}/${path}`, 'belong to a replaced version'));
  for (const id of await historyIds(history)) {
    for (const { digest, problems } of await versionsOf(history, id)) {
      if (problems.length === 0) continue;
      findings.push({
        code: 'BAD_HISTORY',
        severity: 'error',
        file: `${shown}/${id}/${digest}`,
        id,
        expected: 'the files of a replaced version, as its own digests say',
        got: problems.slice(0, 3).join('; '),
        advice: 'restore it from a backup, or remove the version: it can no longer be rolled back to',
      });
    }
  }
  return findings;
}

/** Whether a path is `<id>/<digest>/<file>`: such files are compared with the list of their version. */
function isVersionFile(path: string): boolean {
  const [id = '', digest = '', ...file] = path.split('/');
  return MODEL_ID.test(id) && SHA256_PATTERN.test(digest) && file.length === 1;
}

/** The versions that a prune removed. */
export interface PruneResult {
  readonly id: string;
  /** Digests of the versions that are gone. */
  readonly removed: readonly string[];
}

/**
 * Removes replaced versions for good: the only thing that ever does. Each one disappears whole.
 *
 * @param keep how many of the last versions stay
 * @throws RegistryError LOCK_TIMEOUT | UNREADABLE; ArtifactError BAD_OUTPUT below `node_modules`; what `files` throws
 */
export async function pruneHistory(
  {
    registry: path,
    id,
    keep,
    ...options
  }: HistoryOptions & ChangeOptions & { readonly id: string; readonly keep: number },
  files: FileOperations = nodeFiles,
): Promise<PruneResult> {
  const { folder } = await locateRegistry(path);
  await requireKept(folder, `registry ${folder}`);
  const { history } = placesOf(folder, options);
  const lock = await acquireLock(folder, files, options.waitMs ?? 30_000);
  try {
    const removed: string[] = [];
    for (const { digest, folder: version } of (await versionsOf(history, id)).slice(keep)) {
      await removeAtOnce(folder, version, files);
      removed.push(digest);
    }
    return { id, removed };
  } finally {
    await lock.release().catch(() => undefined);
  }
}

/** The entry of a version. @throws RegistryError DAMAGED_HISTORY unless the version is whole */
export function wholeEntry({ id, digest, entry, problems }: Version): RegistryEntry {
  if (entry !== null && problems.length === 0) return entry;
  throw new RegistryError(
    'DAMAGED_HISTORY',
    `version ${digest} of ${id} in the history is not what its digests say: ${problems.slice(0, 3).join('; ')}; choose another version`,
  );
}
