import { join, resolve } from 'node:path';
import { CodedError } from '@vqforge/base';
import {
  type AuditPolicy,
  parseCheckpoint,
  parseEnvironment,
  parseManifest,
  parseEvaluation,
  parseHeadsMetrics,
  parseMetrics,
  runKind,
} from '@vqforge/artifact';
import {
  listTree,
  strayFinding,
  type TreeFile,
  type VerificationKey,
  verifyHistory,
} from '@vqforge/registry/node';
import { type Finding, RegistryError, type Report } from '@vqforge/registry';
import { type AuditedDataset, auditDatasetFiles, auditManifestRows } from './dataset-files.ts';
import { type AuditedDocument, readDocuments } from './documents.ts';
import { auditEvidence, type Evidence } from './evidence.ts';
import type { FoldTraining } from './fold-training.ts';
import type { Lineage } from './lineage.ts';
import { auditModel } from './model-audit.ts';
import { auditExpiry, PolicyCheck, raise, requireKey } from './policy.ts';
import { type AuditedRegistry, auditRegistry } from './registry-audit.ts';
import { TableReader } from './table-reader.ts';
import { requireFolder } from './tree-files.ts';

export interface AuditOptions {
  /** Folder with `model/`, `datasets/` and `runs/`; each may be absent. Nothing outside of them is read. */
  readonly root: string;
  /** YYYY-MM-DD, UTC: what a policy's date is compared with. */
  readonly today: string;
  readonly policy?: AuditPolicy;
  /** Checks the signatures that there are; the policy says whether there must be some. */
  readonly key?: VerificationKey;
  /** Folder with the previous version of the models, to compare feature statistics with. */
  readonly previous?: string;
  /** Words that must occur nowhere, such as user and host names. */
  readonly privateNames?: readonly string[];
  /** Trains folds of each regressor again; default: trains nothing. */
  readonly foldTraining?: FoldTraining;
}

export interface AuditReport {
  /** Sorted; equal trees and options give equal findings on every machine. */
  readonly findings: readonly Finding[];
  readonly verified: readonly string[];
  /** Pinned, not shipped, and not here. */
  readonly skipped: readonly string[];
  /** One tree per pinned model. */
  readonly lineage: readonly { readonly id: string; readonly lineage: Lineage }[];
  /** Sources whose folds were trained again, by model; drawn anew by each audit, empty unless asked for. */
  readonly retrained: readonly { readonly id: string; readonly sources: readonly string[] }[];
}

/**
 * Checks what a repository says about its models against what is in it: every pinned byte, sidecars against graphs,
 * tables and evidence, evidence against itself, tables against manifests, and every document for traces of machines and
 * people. Where the table of a regressor is here, its metrics are made again from its predictions and by running the verified
 * model. Never writes, follows no link, trains only when it is asked to.
 *
 * @throws RegistryError UNREADABLE | TOO_LARGE when there is no tree to audit; BAD_KEY when the policy requires signatures
 * and no key was given; BUSY when publishers never leave a quiet moment
 * @example
 * const { verified, findings } = await audit({ root: '.', today: '2026-01-01' });
 * verified; // => ['fr_regressor_v1']
 * findings.filter(({ severity }) => severity === 'error'); // => []
 */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { today, key, privateNames = [] } = options;
  const root = resolve(options.root);
  const policy = new PolicyCheck(options.policy);
  requireKey(policy, key !== undefined);
  await requireFolder(root);
  const findings: Finding[] = [];
  const report: Report = (code, severity, file, text) =>
    findings.push({ code, severity, file, id: null, ...text });
  if (options.policy !== undefined) auditExpiry(options.policy, today, report);

  const files: TreeFile[] = [];
  for (const folder of ['model', 'datasets', 'runs']) files.push(...(await listTree(root, folder)));
  // silence about a mistyped folder would read as a clean audit
  if (files.length === 0)
    throw new RegistryError(
      'UNREADABLE',
      `${options.root} has no file below model/, datasets/ or runs/: there is nothing to audit; give the folder that holds them`,
    );
  const registries: AuditedRegistry[] = [];
  const signature = key === undefined ? {} : { signature: { key, isRequired: policy.requires('signature') } };
  for (const { path } of files.filter(isRegistry)) {
    registries.push(await auditRegistry(root, path, { ...signature, privateNames }));
  }
  findings.push(...registries.flatMap((registry) => registry.findings));
  findings.push(...strayFindings(files, registries));
  findings.push(...(await verifyHistory(join(root, HISTORY), HISTORY)));

  const pinned = new Set(registries.flatMap((registry) => registry.pinned));
  for (const { folder, pinned: names } of registries)
    if (names.length === 0) pinned.add(`${folder}/registry.json`);
  const documents = await readDocuments(root, files, pinned, privateNames, report);
  const tables = new TableReader(root, report);
  const datasets = await auditDatasets(root, files, documents, tables, report);
  const evidence = auditRuns(documents, report);
  const models = registries.flatMap((registry) => registry.models);
  const verified = new Set(registries.flatMap((registry) => registry.verified));
  const lineage = [];
  const retrained = [];
  for (const model of models) {
    const { previous, foldTraining } = options;
    const context = { policy, datasets, evidence, tables, root, verified, previous, foldTraining };
    const audited = await auditModel(model, context);
    findings.push(...audited.findings);
    lineage.push({ id: model.entry.id, lineage: audited.lineage });
    if (audited.retrained.length > 0) retrained.push({ id: model.entry.id, sources: audited.retrained });
  }
  return {
    findings: sorted(findings.map((finding) => raise(finding, policy))),
    verified: registries.flatMap(({ verified }) => verified),
    skipped: registries.flatMap(({ skipped }) => skipped),
    lineage,
    retrained,
  };
}

/** Where registries in folders of `model/` keep what they replace. */
const HISTORY = 'model/.history';

function isRegistry({ path, kind }: TreeFile): boolean {
  return kind === 'file' && !path.includes('/.history/') && /^model\/(.*\/)?registry\.json$/.test(path);
}

/** Files below `model/` outside every registry's folder, whose strays its verification reports. */
function strayFindings(files: readonly TreeFile[], registries: readonly AuditedRegistry[]): Finding[] {
  const pinned = new Set(registries.flatMap((registry) => registry.pinned));
  const folders = registries.map(({ folder }) => `${folder}/`);
  return files
    .filter(
      ({ path }) =>
        path.startsWith('model/') &&
        !path.startsWith(`${HISTORY}/`) &&
        !pinned.has(path) &&
        !folders.some((folder) => path.startsWith(folder)),
    )
    .flatMap(({ path }) => strayFinding(path, 'a registry pins'));
}

async function auditDatasets(
  root: string,
  files: readonly TreeFile[],
  documents: readonly AuditedDocument[],
  tables: TableReader,
  report: Report,
): Promise<AuditedDataset[]> {
  const datasets: AuditedDataset[] = [];
  for (const document of documents.filter(({ path }) => /^datasets\/.*\/manifest\.json$/.test(path))) {
    const manifest = parsed(document, parseManifest, report);
    if (manifest === null) continue;
    const dataset = await auditDatasetFiles(root, document.path, manifest, report);
    if (dataset.isIntact) await auditManifestRows(dataset, tables, report);
    datasets.push(dataset);
  }
  const listed = new Set(
    datasets.flatMap(({ folder, manifest }) => manifest.files.map(({ path }) => `${folder}/${path}`)),
  );
  for (const { path } of files.filter(
    (file) => /^datasets\/.*\.parquet$/.test(file.path) && !listed.has(file.path),
  )) {
    report('UNREGISTERED_FILE', 'warning', path, {
      expected: 'only tables that a manifest lists',
      got: 'a table that none lists',
      advice: 'vqforge dataset describe writes a manifest beside it; or remove it',
    });
  }
  return datasets;
}

function auditRuns(documents: readonly AuditedDocument[], report: Report): Evidence[] {
  const evidence: Evidence[] = [];
  for (const document of documents.filter(({ path }) => path.startsWith('runs/'))) {
    const { path } = document;
    if (path.endsWith('environment.json')) parsed(document, parseEnvironment, report);
    if (path.endsWith('checkpoint.json')) parsed(document, parseCheckpoint, report);
    if (!path.endsWith('/metrics.json')) continue;
    const parseOther = OTHER_RUNS.get(runKind(document.value));
    if (parseOther !== undefined) {
      parsed(document, parseOther, report);
      continue;
    }
    const metrics = parsed(document, parseMetrics, report);
    if (metrics === null) continue;
    evidence.push({ path, metrics });
    auditEvidence({ path, metrics }, report);
  }
  return evidence;
}

/** Runs that say nothing about a regressor need only be readable. */
const OTHER_RUNS = new Map<unknown, (value: unknown) => unknown>([
  ['lpips_heads', parseHeadsMetrics],
  ['evaluation', parseEvaluation],
]);

function parsed<T>({ path, value }: AuditedDocument, parse: (value: unknown) => T, report: Report): T | null {
  try {
    return parse(value);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    report('INVALID_DOCUMENT', 'error', path, {
      expected: 'a document of its kind',
      got: error.message,
      advice: 'write it again with the command that made it',
    });
    return null;
  }
}

function sorted(findings: readonly Finding[]): Finding[] {
  const keyOf = ({ file, code, id, expected, got }: Finding): string =>
    [file, code, id ?? '', expected, got].join('\0');
  return [...findings].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}
