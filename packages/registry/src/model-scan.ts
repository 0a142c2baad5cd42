import { familyOfTask, type ModelFamily, type Sidecar } from '@vqforge/artifact/pinned';
import {
  LPIPS_OPS,
  REFERENCE_OPS,
  REGRESSOR_OPS,
  servableFindings,
  type ServableFinding,
  type ServedKind,
} from '@vqforge/onnx/serving';

const OPS: Readonly<Record<ModelFamily, ReadonlySet<string>>> = {
  'fr-regressor': REGRESSOR_OPS,
  lpips: LPIPS_OPS,
};

const KIND: Readonly<Record<ModelFamily, ServedKind>> = {
  'fr-regressor': 'regressor',
  lpips: 'distance',
};

/**
 * Lists what stands against running a model, from its bytes alone: operators outside those of the model's family (or the
 * ceiling of all when its sidecar is not ours), sizes that are not bounded by the input, an output that is not one score
 * per item. `UNSTRIPPED` findings are harmless to run.
 */
export function scanForServing(
  onnx: Uint8Array,
  sidecar: Sidecar | null,
): { refused: ServableFinding[]; unstripped: ServableFinding[] } {
  const family = sidecar === null ? null : familyOfTask(sidecar.task);
  const findings =
    family === null
      ? servableFindings(onnx, REFERENCE_OPS, 'any')
      : servableFindings(onnx, OPS[family], KIND[family]);
  return {
    refused: findings.filter(({ code }) => code !== 'UNSTRIPPED'),
    unstripped: findings.filter(({ code }) => code === 'UNSTRIPPED'),
  };
}

/** The first findings on one line. */
export function describeScan(findings: readonly ServableFinding[]): string {
  const shown = findings.slice(0, 3).map(({ code, path, message }) => `${code} at ${path}: ${message}`);
  return findings.length > 3 ? `${shown.join('; ')}; and ${findings.length - 3} more` : shown.join('; ');
}
