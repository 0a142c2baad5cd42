import { basename, dirname, join, resolve } from 'node:path';
import { PipelineError } from './errors.ts';

/** Folder of the evidence that is committed. */
export const PINNED_RUN = 'fr_regressor_v1';

/** Where a run may write; all absolute. */
export interface OutputPaths {
  readonly onnx: string;
  readonly sidecar: string;
  readonly registry: string;
  /** Undefined: `runs/<run-id>/metrics.json`, whose run-id depends on what becomes of the run. */
  readonly metrics: string | undefined;
}

export interface OutputFlags {
  readonly outOnnx?: string;
  readonly outSidecar?: string;
  readonly registry?: string;
  readonly metricsOut?: string;
}

/**
 * The files of a publish lie side by side: `<x>.onnx`, `<x>.json` and the registry that pins them. Flags that are not
 * given follow the ones that are.
 *
 * @param root repository root, for the defaults
 * @throws PipelineError BAD_OUTPUT when the flags would put them apart
 */
export function outputPaths(flags: OutputFlags, root: string): OutputPaths {
  const folder =
    flags.outOnnx !== undefined
      ? dirname(resolve(flags.outOnnx))
      : flags.registry !== undefined
        ? dirname(resolve(flags.registry))
        : join(root, 'model', 'tiny');
  const onnx = resolve(flags.outOnnx ?? join(folder, 'fr_regressor_v1.onnx'));
  if (!onnx.endsWith('.onnx'))
    throw new PipelineError('BAD_OUTPUT', `--out-onnx must end in .onnx, got ${onnx}`);
  const beside = join(folder, `${basename(onnx, '.onnx')}.json`);
  const sidecar = resolve(flags.outSidecar ?? beside);
  const registry = resolve(flags.registry ?? join(folder, 'registry.json'));
  if (sidecar !== beside)
    throw new PipelineError(
      'BAD_OUTPUT',
      `--out-sidecar must be ${beside}: the sidecar lies beside its ONNX file under the same name; got ${sidecar}`,
    );
  if (dirname(registry) !== folder)
    throw new PipelineError(
      'BAD_OUTPUT',
      `--registry must lie in ${folder}, beside the ONNX file that it pins; got ${registry}`,
    );
  return {
    onnx,
    sidecar,
    registry,
    metrics: flags.metricsOut === undefined ? undefined : resolve(flags.metricsOut),
  };
}

/** The other documents of a run, beside its metrics: `metrics.json` → `environment.json`, `x.json` → `x.environment.json`. */
export function besideMetrics(metrics: string, document: 'environment' | 'checkpoint'): string {
  const stem = basename(metrics).replace(/\.json$/, '');
  return join(dirname(metrics), stem === 'metrics' ? `${document}.json` : `${stem}.${document}.json`);
}
