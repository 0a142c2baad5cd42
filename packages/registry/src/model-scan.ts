import { familyOfTask, type ModelFamily, type Sidecar } from '@vqforge/artifact';
import { LPIPS_OPS, REFERENCE_OPS, REGRESSOR_OPS, type ScanFinding, scanModel } from '@vqforge/onnx/serving';

const OPS: Readonly<Record<ModelFamily, ReadonlySet<string>>> = {
  'fr-regressor': REGRESSOR_OPS,
  lpips: LPIPS_OPS,
};

/** Operators that a model may use: those of its family, or the ceiling of all when its sidecar is not ours. */
function allowedOps(sidecar: Sidecar | null): ReadonlySet<string> {
  return sidecar === null ? REFERENCE_OPS : OPS[familyOfTask(sidecar.task)];
}

/** What stands against running these bytes; `UNSTRIPPED` findings are harmless to run. */
export function scanForServing(
  onnx: Uint8Array,
  sidecar: Sidecar | null,
): { refused: ScanFinding[]; unstripped: ScanFinding[] } {
  const findings = scanModel(onnx, { ops: allowedOps(sidecar) });
  return {
    refused: findings.filter(({ code }) => code !== 'UNSTRIPPED'),
    unstripped: findings.filter(({ code }) => code === 'UNSTRIPPED'),
  };
}

/** The first findings on one line. */
export function describeScan(findings: readonly ScanFinding[]): string {
  const shown = findings.slice(0, 3).map(({ code, path, message }) => `${code} at ${path}: ${message}`);
  return findings.length > 3 ? `${shown.join('; ')}; and ${findings.length - 3} more` : shown.join('; ');
}
