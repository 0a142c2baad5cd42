import { sha256 } from '@vqforge/base';
import { type FileOperations, nodeFiles } from './durable-files.ts';
import { RegistryError, systemCode } from './errors.ts';
import { acquireLock, surveyClaims } from './lock-files.ts';
import { bundleName, MAX_JSON_BYTES, MAX_ONNX_BYTES, sidecarName } from './pinned-name.ts';
import {
  type CheckedPublication,
  checkPublication,
  type Publication,
  updateRegistry,
} from './publication.ts';
import { parsedRegistry } from './registry-file.ts';
import { type Location, locateRegistry, readConsistently, type View } from './snapshot-files.ts';
import { type Change, commitChange, type Recovery, recoverFolder } from './transaction-files.ts';

export interface PublishOptions extends Publication {
  /** The registry's folder, or its JSON file; made when the folder has none. */
  readonly registry: string;
  /** Longest wait for other publishers, milliseconds. Default 30,000. */
  readonly waitMs?: number;
}

export interface PublishResult extends Location {
  readonly id: string;
  /** False when the folder already held exactly this: then nothing was written. */
  readonly changed: boolean;
  readonly digests: { readonly onnx: string; readonly sidecar: string; readonly registry: string };
  /** File names, in the registry's folder. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
  /** What earlier publishers had left behind. */
  readonly recovered: readonly Recovery[];
}

interface Plan extends Change {
  readonly registryDigest: string;
}

/**
 * Pin a model: ONNX, sidecar, bundle and registry change together or not at all, under a kill at any instant and
 * with any number of publishers at work.
 *
 * @param files how the disk is changed; only tests give it
 * @throws RegistryError INVALID_PUBLICATION | FORBIDDEN_MODEL | TOO_LARGE | PATH_ESCAPE | NOT_A_FILE | UNREADABLE |
 * BAD_REGISTRY | UNSUPPORTED_VERSION | LOCK_TIMEOUT | BUSY | DAMAGED_JOURNAL | UNWRITABLE, all with the old state
 * intact; COMMITTED_NOT_APPLIED with the new state in force
 */
export async function publish(
  options: PublishOptions,
  files: FileOperations = nodeFiles,
): Promise<PublishResult> {
  const location = await locateRegistry(options.registry);
  const publication = checkPublication(options, location.file);
  const unchanged = await readConsistently(location, async (view) => {
    const plan = await planChange(view, publication);
    return isEmpty(plan) && view.journal === null && (await view.leftovers()).length === 0 ? plan : null;
  });
  if (unchanged !== null) return resultOf(location, publication, unchanged, []);
  try {
    return await publishLocked(location, publication, files, options.waitMs ?? 30_000);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new RegistryError(
      'UNWRITABLE',
      `registry folder ${location.folder} cannot be written: ${code}; the old state is intact`,
      { cause: error },
    );
  }
}

async function publishLocked(
  location: Location,
  publication: CheckedPublication,
  files: FileOperations,
  waitMs: number,
): Promise<PublishResult> {
  const { folder } = location;
  const lock = await acquireLock(folder, files, waitMs);
  try {
    const recovered = [...(await removeDeadClaims(folder, files)), ...(await recoverFolder(folder, files))];
    const plan = await readConsistently(location, (view) => planChange(view, publication));
    if (!isEmpty(plan)) await commitChange(folder, plan, files);
    return resultOf(location, publication, plan, recovered);
  } finally {
    // a claim that cannot be removed ends with this process: the next publisher sees that it is dead
    await lock.release().catch(() => undefined);
  }
}

async function planChange(view: View, publication: CheckedPublication): Promise<Plan> {
  const registryBytes = await view.read(view.file, MAX_JSON_BYTES);
  const current = registryBytes === null ? null : parsedRegistry(view, registryBytes);
  const { text, orphans } = updateRegistry(current, publication);
  const { onnx, sidecar, bundle } = publication;
  const wanted = [
    { name: onnx.name, bytes: onnx.bytes, cap: MAX_ONNX_BYTES },
    { name: sidecarName(onnx.name), bytes: sidecar, cap: MAX_JSON_BYTES },
    ...(bundle === undefined ? [] : [{ name: bundleName(onnx.name), bytes: bundle, cap: MAX_JSON_BYTES }]),
    // last, so that a tool that does not know the journal finds the new files when it reads the new registry
    { name: view.file, bytes: Buffer.from(text), cap: MAX_JSON_BYTES },
  ];
  const writes = [];
  for (const { name, bytes, cap } of wanted) {
    if (bytes.length > cap)
      throw new RegistryError('TOO_LARGE', `${name} would be ${bytes.length} bytes, expected at most ${cap}`);
    const present = await view.read(name, cap);
    if (present === null || !present.equals(bytes)) writes.push({ name, bytes });
  }
  const removals = [];
  for (const name of orphans) if ((await view.read(name, MAX_ONNX_BYTES)) !== null) removals.push(name);
  return { id: publication.parsed.id, writes, removals, registryDigest: sha256(text) };
}

async function removeDeadClaims(folder: string, files: FileOperations): Promise<Recovery[]> {
  const { dead } = await surveyClaims(folder);
  for (const name of dead) await files.removeFile(`${folder}/${name}`);
  return dead.map((name) => ({ kind: 'unlocked', detail: `${name} belonged to a process that is gone` }));
}

function isEmpty({ writes, removals }: Plan): boolean {
  return writes.length === 0 && removals.length === 0;
}

function resultOf(
  location: Location,
  publication: CheckedPublication,
  plan: Plan,
  recovered: readonly Recovery[],
): PublishResult {
  return {
    ...location,
    id: publication.parsed.id,
    changed: !isEmpty(plan),
    digests: {
      onnx: publication.onnxDigest,
      sidecar: publication.sidecarDigest,
      registry: plan.registryDigest,
    },
    written: plan.writes.map(({ name }) => name),
    removed: plan.removals,
    recovered,
  };
}
