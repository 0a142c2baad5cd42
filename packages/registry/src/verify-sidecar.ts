import { CodedError, orUndefined, parseJson } from '@vqforge/base';
import {
  describeSidecarDialect,
  parseSidecar,
  type RegistryEntry,
  type Sidecar,
} from '@vqforge/artifact/pinned';
import { RESTORE, verifyDigest, type Report } from './finding.ts';
import { sidecarName } from './pinned-name.ts';

/** Its digest, its spelling, and its agreement with the entry; the sidecar when it is one of ours. */
export function verifySidecar(
  entry: RegistryEntry,
  schemaVersion: number,
  bytes: Uint8Array,
  report: Report,
): Sidecar | null {
  const file = sidecarName(entry.onnx);
  if (entry.sidecar_sha256 !== undefined) verifyDigest(file, bytes, entry.sidecar_sha256, report);
  // in version 2 that is an error of the entry
  else if (schemaVersion < 2) {
    report('SIDECAR_UNPINNED', 'warning', file, {
      expected: 'sidecar_sha256 in the entry (schema version 2)',
      got: `no digest: schema version ${schemaVersion} entry that pins only the ONNX file`,
      advice: 'publish the model with vqforge, which pins both',
    });
  }
  let sidecar: Sidecar;
  try {
    sidecar = parseSidecar(bytes);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    reportDialect(entry, bytes, error, report);
    return null;
  }
  const disagreements = (['id', 'kind', 'onnx', 'opset', 'sha256'] as const).filter(
    (key) => entry[key] !== undefined && entry[key] !== sidecar[key],
  );
  for (const key of disagreements) {
    report('SIDECAR_DISAGREES', 'error', file, {
      expected: `${key} ${String(entry[key])}, as in the registry`,
      got: String(sidecar[key]),
      advice: RESTORE,
    });
  }
  return sidecar;
}

/** A sidecar in another spelling is named; one that is pinned as ours and yet is not valid is an error. */
function reportDialect(entry: RegistryEntry, bytes: Uint8Array, error: CodedError, report: Report): void {
  const file = sidecarName(entry.onnx);
  const { name, renamed, missing } = describeSidecarDialect(orUndefined(() => parseJson(bytes)));
  if (name === 'vqforge' || name === 'unknown') {
    report('BAD_SIDECAR', 'error', file, { expected: 'a sidecar', got: error.message, advice: RESTORE });
    return;
  }
  const spelled = renamed.map(({ found, expected }) => `${found} for ${expected}`);
  report('SIDECAR_DIALECT', 'warning', file, {
    expected: 'the one spelling of vqforge',
    got: `lusoris/vmaf's ${name} dialect (${[...spelled, `without ${missing.join(', ')}`].join('; ')})`,
    advice: 'publish the model with vqforge, which writes a complete sidecar',
  });
}
