import { join, relative, sep } from 'node:path';
import { compactJson } from '@vqforge/base';
import { parseRegistryShell, type RegistryEntry, registryEntryProblems } from '@vqforge/artifact';
import { bundleCheck, type SignatureCheck } from './load.ts';
import { RegistryError } from './errors.ts';
import type { Finding } from './finding.ts';
import { verifyHistory } from './history/history-files.ts';
import { placesOf } from './history/surroundings.ts';
import { int8Name, sidecarName } from './pinned-name.ts';
import { asRegistryError, registryBytes } from './registry-entry.ts';
import { strayFinding } from './tree-files.ts';
import { type Location, locateRegistry, readConsistently, type View } from './snapshot-files.ts';
import { checkEntry } from './verify-entry.ts';

/** Options of `verifyRegistry`. */
export interface VerifyOptions {
  /** The registry's folder, or its JSON file. */
  readonly registry: string;
  /** Only these entries, and no search for unregistered files; default: everything. */
  readonly ids?: readonly string[];
  /** Signatures are checked only with a key. */
  readonly signature?: SignatureCheck;
}

/** The findings about a registry. */
export interface VerifyReport extends Location {
  readonly schemaVersion: 0 | 1 | 2;
  /** Ids without a finding of severity error. */
  readonly verified: readonly string[];
  /** Ids that are pinned, not shipped and not here. */
  readonly skipped: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * Check everything that a registry pins, and what it keeps of replaced models, against the bytes in its folder, each file read once. Never writes.
 *
 * Works on registries of lusoris/vmaf (versions 0 and 1) in place.
 *
 * @throws RegistryError only when there is no registry to speak of: MISSING_REGISTRY | BAD_REGISTRY |
 * UNSUPPORTED_VERSION | UNKNOWN_ID | UNREADABLE | BUSY | DAMAGED_JOURNAL
 * @example
 * const { verified, findings } = await verifyRegistry({ registry: 'model/tiny' });
 * verified; // => ['fr_regressor_v1']
 * findings.map(({ code }) => code); // => ['NOT_SHIPPED', 'NOT_SHIPPED']: LPIPS is pinned, and made by each user
 */
export async function verifyRegistry(options: VerifyOptions): Promise<VerifyReport> {
  const location = await locateRegistry(options.registry);
  const checked: CheckedEntries = new Map();
  const report = await readConsistently(location, (view) => verifyView(view, options, checked));
  const { history } = placesOf(location.folder, {});
  if (options.ids !== undefined || history === join(location.folder, OWN_HISTORY)) return report;
  const shown = relative(location.folder, history).replaceAll(sep, '/');
  return { ...report, findings: [...report.findings, ...(await verifyHistory(history, shown))] };
}

/** History of a registry that is in no folder of `model/`. */
const OWN_HISTORY = '.history';

/**
 * Findings without an error, by entry. A publisher that disturbs the reading may make it start again, but an entry
 * that is as it was need not be checked twice: else a large registry with busy publishers would never be done.
 */
type CheckedEntries = Map<string, readonly Finding[]>;

/** Verifies one consistent view of a registry, as `verifyRegistry` does once it has one. */
export async function verifyView(
  view: View,
  { ids, signature }: VerifyOptions,
  checked: CheckedEntries = new Map(),
): Promise<VerifyReport> {
  const bytes = await registryBytes(view);
  const { schema_version: schemaVersion, models } = asRegistryError(view, () => parseRegistryShell(bytes));
  const findings: Finding[] = [...(await publishFindings(view)), ...duplicateIds(view, models)];
  const entries: RegistryEntry[] = [];
  for (const [index, model] of models.entries()) {
    const problems = registryEntryProblems(model);
    if (problems.length === 0) entries.push(model as RegistryEntry);
    else findings.push(invalidEntry(view, index, model, problems));
  }
  const missing = ids?.filter((id) => !entries.some((entry) => entry.id === id)) ?? [];
  if (missing.length > 0) {
    throw new RegistryError(
      'UNKNOWN_ID',
      `registry ${view.folder}/${view.file} has no valid entry ${missing.join(', ')}`,
    );
  }
  const chosen = entries.filter(({ id }) => ids?.includes(id) ?? true);
  for (const entry of chosen) {
    const key = compactJson(entry);
    const found =
      checked.get(key) ??
      (await checkEntry(view, entry, schemaVersion, signature && bundleCheck(signature))).findings;
    if (found.every(({ severity }) => severity !== 'error')) checked.set(key, found);
    findings.push(...found);
  }
  if (ids === undefined) {
    findings.push(...(await unregisteredFiles(view, entries)));
    findings.push(...(await verifyHistory(join(view.folder, OWN_HISTORY), OWN_HISTORY)));
  }
  const having = (matches: (finding: Finding) => boolean): string[] =>
    chosen
      .map(({ id }) => id)
      .filter((id) => findings.some((finding) => finding.id === id && matches(finding)));
  const failed = having(({ severity }) => severity === 'error');
  const skipped = having(({ code }) => code === 'NOT_SHIPPED');
  const verified = chosen.map(({ id }) => id).filter((id) => !failed.includes(id) && !skipped.includes(id));
  return { folder: view.folder, file: view.file, schemaVersion, verified, skipped, findings };
}

async function publishFindings(view: View): Promise<Finding[]> {
  const findings: Finding[] = (await view.leftovers()).map((file) => ({
    code: 'LEFTOVER',
    severity: 'info',
    file,
    id: null,
    expected: 'no working files while no publisher runs',
    got: 'a working file of a publisher that died; no reader looks at it',
    advice: 'nothing: the next publish removes it',
  }));
  if (view.journal !== null) {
    findings.unshift({
      code: 'PENDING_PUBLISH',
      severity: 'warning',
      file: '.registry-commit',
      id: null,
      expected: 'every committed publish moved into place',
      got: `the publish of ${view.journal.id} is committed but not moved; it was verified as the new state`,
      advice: 'publish again: the next publish completes the move',
    });
  }
  return findings;
}

function duplicateIds(view: View, models: readonly unknown[]): Finding[] {
  const ids = models.map((model) => idOf(model));
  const repeated = new Set(ids.filter((id, index) => id !== null && ids.indexOf(id) !== index));
  return [...repeated].map((id) => ({
    code: 'DUPLICATE_ID',
    severity: 'error',
    file: view.file,
    id,
    expected: 'one entry per id',
    got: `${ids.filter((other) => other === id).length} entries ${id ?? ''}`,
    advice: 'remove all but one',
  }));
}

function invalidEntry(view: View, index: number, model: unknown, problems: readonly string[]): Finding {
  return {
    code: 'INVALID_ENTRY',
    severity: 'error',
    file: view.file,
    id: idOf(model),
    expected: 'an entry of the registry schema',
    got: `models.${index}: ${problems.join('; ')}`,
    advice: 'correct the entry or publish the model anew',
  };
}

function idOf(model: unknown): string | null {
  const id = typeof model === 'object' && model !== null && 'id' in model ? model.id : null;
  return typeof id === 'string' ? id.slice(0, 64) : null;
}

/**
 * Files below the registry's folder that no entry names, whatever their case or first letter; a folder with a registry of
 * its own is left to that registry, and documentation is not looked at.
 */
async function unregisteredFiles(view: View, entries: readonly RegistryEntry[]): Promise<Finding[]> {
  const pinned = new Set([view.file, ...entries.flatMap(namesOf)]);
  const paths = await view.files();
  const others = paths
    .filter((path) => path.endsWith('/registry.json'))
    .map((path) => path.slice(0, -'registry.json'.length));
  return paths
    .filter((path) => !pinned.has(path) && !path.startsWith(`${OWN_HISTORY}/`))
    .filter((path) => !others.some((folder) => path.startsWith(folder)))
    .flatMap((file) => strayFinding(file, 'an entry names'));
}

function namesOf(entry: RegistryEntry): string[] {
  const names = [entry.onnx, sidecarName(entry.onnx), int8Name(entry.onnx)];
  return entry.sigstore_bundle === undefined ? names : [...names, entry.sigstore_bundle];
}
