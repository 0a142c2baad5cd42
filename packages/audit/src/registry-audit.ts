import { CodedError, parseJson, sha256 } from '@vqforge/base';
import {
  parseRegistryShell,
  parseSidecar,
  type RegistryEntry,
  registryEntryProblems,
  type Sidecar,
} from '@vqforge/artifact';
import { join } from 'node:path';
import { readConsistently, type SignatureCheck, verifyView, type View } from '@vqforge/registry/node';
import {
  asRegistryError,
  type Finding,
  int8Name,
  MAX_JSON_BYTES,
  MAX_ONNX_BYTES,
  registryBytes,
  RegistryError,
  type Report,
  sidecarName,
} from '@vqforge/registry';
import { reportLeaks } from './documents.ts';
import { auditGraph } from './graph.ts';
import { leaksInBytes } from './leaks.ts';

/** A pinned model after the checks that need only its own files. */
export interface AuditedModel {
  readonly entry: RegistryEntry;
  /** Folder of its registry, relative to the audited root. */
  readonly folder: string;
  /** Null when it is missing or not one of ours. */
  readonly sidecar: Sidecar | null;
  /** SHA-256 of the model's files as they are; null for one that is absent. */
  readonly digests: { readonly onnx: string | null; readonly sidecar: string | null };
}

export interface AuditedRegistry {
  readonly folder: string;
  readonly models: readonly AuditedModel[];
  readonly verified: readonly string[];
  readonly skipped: readonly string[];
  readonly findings: readonly Finding[];
  /** Files that its entries name, relative to the audited root. */
  readonly pinned: readonly string[];
}

interface RegistryAuditOptions {
  readonly signature?: SignatureCheck;
  readonly privateNames: readonly string[];
}

/** Everything that `registry verify` finds, and each model against its own graph. A bad registry is one finding. */
export async function auditRegistry(
  root: string,
  path: string,
  options: RegistryAuditOptions,
): Promise<AuditedRegistry> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const location = { folder: join(root, folder), file: 'registry.json' };
  try {
    return await readConsistently(location, (view) => auditView(view, folder, options));
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code === 'BUSY') throw error;
    const finding: Finding = {
      code: 'BAD_REGISTRY',
      severity: 'error',
      file: path,
      id: null,
      expected: 'a registry of schema version 0, 1 or 2',
      got: `${error.code}: ${error.message.replaceAll(`${root}/`, '')}`,
      advice: 'restore it; until then nothing in its folder is pinned',
    };
    return { folder, models: [], verified: [], skipped: [], findings: [finding], pinned: [] };
  }
}

async function auditView(
  view: View,
  folder: string,
  options: RegistryAuditOptions,
): Promise<AuditedRegistry> {
  const { signature, privateNames } = options;
  const checked = await verifyView(view, { registry: view.folder, ...(signature ? { signature } : {}) });
  const findings = [...checked.findings];
  const models: AuditedModel[] = [];
  for (const entry of await validEntries(view)) {
    const report: Report = (code, severity, file, text) =>
      findings.push({ code, severity, file, id: entry.id, ...text });
    const onnx = await readOrNull(view, entry.onnx, MAX_ONNX_BYTES);
    const sidecarBytes = await readOrNull(view, sidecarName(entry.onnx), MAX_JSON_BYTES);
    const { sidecar, value } = readSidecar(sidecarBytes);
    if (onnx !== null) {
      auditGraph(entry, onnx, sidecar, value, report);
      reportLeaks(entry.onnx, leaksInBytes(onnx, privateNames), report);
    }
    const digests = { onnx: onnx && sha256(onnx), sidecar: sidecarBytes && sha256(sidecarBytes) };
    models.push({ entry, folder, sidecar, digests });
  }
  const inRoot = (name: string): string => `${folder}/${name}`;
  return {
    folder,
    models,
    verified: checked.verified,
    skipped: checked.skipped,
    findings: findings.map((finding) => ({ ...finding, file: inRoot(finding.file) })),
    pinned: [view.file, ...models.flatMap(({ entry }) => namesOf(entry))].map(inRoot),
  };
}

async function validEntries(view: View): Promise<RegistryEntry[]> {
  const bytes = await registryBytes(view);
  const { models } = asRegistryError(view, () => parseRegistryShell(bytes));
  return models.filter((model) => registryEntryProblems(model).length === 0) as RegistryEntry[];
}

function namesOf(entry: RegistryEntry): string[] {
  const names = [entry.onnx, sidecarName(entry.onnx), int8Name(entry.onnx)];
  return entry.sigstore_bundle === undefined ? names : [...names, entry.sigstore_bundle];
}

/** Why a file cannot be read has been reported by its verification. */
async function readOrNull(view: View, name: string, maxBytes: number): Promise<Buffer | null> {
  try {
    return await view.read(name, maxBytes);
  } catch (error) {
    if (error instanceof RegistryError) return null;
    throw error;
  }
}

function readSidecar(bytes: Buffer | null): { sidecar: Sidecar | null; value: unknown } {
  let value: unknown = null;
  try {
    if (bytes !== null) value = parseJson(bytes);
    return { sidecar: value === null ? null : parseSidecar(value), value };
  } catch (error) {
    if (error instanceof CodedError) return { sidecar: null, value };
    throw error;
  }
}
