import type { RegistryEntry, Sidecar } from '@vqforge/artifact';
import { RegistryError } from './errors.ts';
import { RESTORE, verifyDigest, type Finding, type Report } from './finding.ts';
import { describeScan, scanForServing } from './model-scan.ts';
import { int8Name, MAX_JSON_BYTES, MAX_ONNX_BYTES, sidecarName } from './pinned-name.ts';
import type { RegistrySource } from './registry-source.ts';
import { verifySidecar } from './verify-sidecar.ts';

/** How the signature bundle of an entry is checked; handed in, because it needs Node. */
export interface BundleCheck {
  /** Whether a model without a bundle fails. */
  readonly isRequired: boolean;
  /** Reports what is wrong with a bundle. @param file name of the bundle */
  readonly verify: (
    entry: RegistryEntry,
    file: string,
    bundle: Uint8Array,
    model: { readonly onnx: Uint8Array; readonly sidecar: Uint8Array },
    report: Report,
  ) => Promise<void>;
}

/** The findings about one entry, and the bytes that were looked at. */
interface CheckedEntry {
  readonly findings: readonly Finding[];
  /** Null or undefined when there is no usable file, which is a finding. */
  readonly onnx: Uint8Array | null | undefined;
  readonly sidecarBytes: Uint8Array | null | undefined;
  /** Null when it is missing or not one of vqforge's. */
  readonly sidecar: Sidecar | null;
}

/** Verifies one entry, reading each file once, and returns the bytes that were checked, so that nothing else is run. */
export async function checkEntry(
  view: RegistrySource,
  entry: RegistryEntry,
  schemaVersion: number,
  signature?: BundleCheck,
): Promise<CheckedEntry> {
  const findings: Finding[] = [];
  const report: Report = (code, severity, file, text) =>
    findings.push({ code, severity, file, id: entry.id, ...text });
  const sidecarFile = sidecarName(entry.onnx);
  const onnx = await readReporting(view, entry.onnx, MAX_ONNX_BYTES, report);
  const sidecarBytes = await readReporting(view, sidecarFile, MAX_JSON_BYTES, report);
  // the sidecar of such a model may well be here: it says what to make the model from
  const isElsewhere = onnx === null && entry.shipped === false;
  if (isElsewhere) {
    report('NOT_SHIPPED', 'info', entry.onnx, {
      expected: `sha256 ${entry.sha256}`,
      got: 'skipped: pinned, but not shipped and not here',
      advice: `make it with vqforge regenerate ${entry.id}`,
    });
  } else if (onnx === null) reportMissing(entry.onnx, report);
  if (schemaVersion === 2) reportUnpinned(entry, view.file, report);
  // lusoris/vmaf's smoke models are load-path probes and need no sidecar where none is pinned
  const isProbe = entry.smoke === true && entry.sidecar_sha256 === undefined;
  if (sidecarBytes === null && !isElsewhere && !isProbe) reportMissing(sidecarFile, report);
  const sidecar = sidecarBytes ? verifySidecar(entry, schemaVersion, sidecarBytes, report) : null;
  if (onnx) await verifyOnnx(view, entry, onnx, sidecar, report);
  if (onnx && entry.int8_sha256 !== undefined) await verifyInt8(view, entry, entry.int8_sha256, report);
  if (onnx) await verifyBundle(view, entry, { onnx, sidecar: sidecarBytes ?? null }, signature, report);
  return { findings, onnx, sidecarBytes, sidecar };
}

/** A registry of version 2 pins size and sidecar of every model, whatever the entry says beside them. */
function reportUnpinned(entry: RegistryEntry, file: string, report: Report): void {
  const missing = (['sidecar_sha256', 'size_bytes'] as const).filter((key) => entry[key] === undefined);
  if (missing.length === 0) return;
  report('UNPINNED_ENTRY', 'error', file, {
    expected: 'sidecar_sha256 and size_bytes in an entry of schema version 2',
    got: `no ${missing.join(' and no ')}, so that ${missing.includes('sidecar_sha256') ? 'nothing pins the sidecar' : 'the size is not pinned'}`,
    advice: 'publish the model anew, which pins both',
  });
}

async function verifyBundle(
  view: RegistrySource,
  entry: RegistryEntry,
  model: { readonly onnx: Uint8Array; readonly sidecar: Uint8Array | null },
  signature: BundleCheck | undefined,
  report: Report,
): Promise<void> {
  const { sigstore_bundle: file } = entry;
  const missing = signature?.isRequired === true ? 'error' : 'warning';
  if (file === undefined) {
    if (missing === 'error') {
      report('MISSING_SIGNATURE', missing, entry.onnx, {
        expected: 'a signed model',
        got: 'an entry that names no signature bundle',
        advice: 'sign it with vqforge registry sign',
      });
    }
    return;
  }
  const bundle = await readReporting(view, file, MAX_JSON_BYTES, report);
  if (bundle === null) {
    report('MISSING_BUNDLE', missing, file, {
      expected: 'the signature bundle that the entry names',
      got: 'no such file',
      advice: 'sign the model, or publish it anew, which drops the name',
    });
  }
  if (!bundle || !signature) return;
  const { onnx, sidecar } = model;
  if (sidecar !== null) return signature.verify(entry, file, bundle, { onnx, sidecar }, report);
  report('SUBJECT_MISMATCH', missing, file, {
    expected: 'a model with its sidecar: a statement is about both',
    got: 'no sidecar that can be read',
    advice: RESTORE,
  });
}

/** Null when the file does not exist, undefined when it is there but was reported as unusable. */
async function readReporting(
  view: RegistrySource,
  file: string,
  maxBytes: number,
  report: Report,
): Promise<Uint8Array | null | undefined> {
  try {
    return await view.read(file, maxBytes);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const { code, message } = error;
    if (code !== 'PATH_ESCAPE' && code !== 'NOT_A_FILE' && code !== 'TOO_LARGE' && code !== 'UNREADABLE')
      throw error;
    report(code, 'error', file, {
      expected: `a regular file inside the registry's folder, at most ${maxBytes} bytes`,
      got: message,
      advice: RESTORE,
    });
    return undefined;
  }
}

function reportMissing(file: string, report: Report): void {
  report('MISSING_FILE', 'error', file, { expected: 'a file', got: 'no such file', advice: RESTORE });
}

async function verifyOnnx(
  view: RegistrySource,
  entry: RegistryEntry,
  onnx: Uint8Array,
  sidecar: Sidecar | null,
  report: Report,
): Promise<void> {
  verifyDigest(entry.onnx, onnx, entry.sha256, report);
  if (entry.size_bytes !== undefined && entry.size_bytes !== onnx.length) {
    report('SIZE_MISMATCH', 'error', entry.onnx, {
      expected: `${entry.size_bytes} bytes`,
      got: `${onnx.length} bytes`,
      advice: RESTORE,
    });
  }
  const { refused, unstripped } = scanForServing(onnx, sidecar);
  const external = refused.filter(({ code }) => code === 'EXTERNAL_DATA');
  const forbidden = refused.filter(({ code }) => code !== 'EXTERNAL_DATA');
  if (external.length > 0) {
    // a model is decoded only to say how bad it is
    const { verifyExternalData } = await import('./verify-external-data.ts');
    await verifyExternalData(view, entry.onnx, onnx, describeScan(external.slice(0, 1)), report);
  }
  if (forbidden.length > 0) {
    report('FORBIDDEN_MODEL', 'error', entry.onnx, {
      expected: 'a model that may be served',
      got: describeScan(forbidden),
      advice: 'do not run it; export it again with the operators of its kind',
    });
  }
  if (unstripped.length > 0) {
    report('UNSTRIPPED', 'warning', entry.onnx, {
      expected: 'no documentation, names or metadata in the file',
      got: `${unstripped.length} fields without effect, first ${describeScan(unstripped.slice(0, 1))}`,
      advice: 'export it again: such fields carry paths and names of the exporting machine',
    });
  }
}

async function verifyInt8(
  view: RegistrySource,
  entry: RegistryEntry,
  expected: string,
  report: Report,
): Promise<void> {
  const file = int8Name(entry.onnx);
  const bytes = await readReporting(view, file, MAX_ONNX_BYTES, report);
  if (bytes === null) reportMissing(file, report);
  if (bytes) verifyDigest(file, bytes, expected, report);
}
