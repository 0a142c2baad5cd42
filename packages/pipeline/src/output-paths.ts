import { basename, dirname, join, resolve } from 'node:path';
import { PipelineError } from './errors.ts';
import { besideMetrics, EVIDENCE, type Output, type WorkspaceFolders } from '@vqforge/artifact/node';

/** Folder of the evidence that is committed. */
export const PINNED_RUN = 'fr_regressor_v1';

/** Where a run may write; all absolute. */
export interface OutputPaths {
  readonly onnx: string;
  readonly sidecar: string;
  /** The model card. */
  readonly card: string;
  readonly registry: string;
  /** Undefined: `runs/<run-id>/metrics.json`, whose run-id depends on what becomes of the run. */
  readonly metrics: string | undefined;
}

interface OutputFlags {
  readonly outOnnx?: string;
  readonly outSidecar?: string;
  readonly registry?: string;
  readonly metricsOut?: string;
}

/** Where a job publishes a model, and what it may replace. */
export interface PublishingOptions {
  readonly outputs: OutputFlags;
  /** What documents name files relative to; a workspace. */
  readonly root: string;
  /** Where outputs go and manifests are looked for; default: `datasets/`, `runs/`, `model/tiny/` of the root. */
  readonly folders?: WorkspaceFolders;
  /** Leave to replace files of another kind. */
  readonly force?: boolean;
  /** Leave to replace a model that is no rebuild of the same table, recipe, seed and engine, or weights. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A sidecar names its ONNX file so: lusoris/vmaf's registry schema takes no other names. */
const ONNX_NAME = /^[a-z0-9][a-z0-9_.-]*\.onnx$/;

/**
 * The files of a publish lie side by side: `<x>.onnx`, `<x>.json` and the registry that pins them. Flags that are not
 * given follow the ones that are.
 *
 * @param model folder of pinned models, where no flag gives another
 * @param name file name of the model where no flag gives one
 * @throws PipelineError BAD_OUTPUT when the flags would put them apart
 */
export function outputPaths(flags: OutputFlags, model: string, name = `${PINNED_RUN}.onnx`): OutputPaths {
  const folder =
    flags.outOnnx !== undefined
      ? dirname(resolve(flags.outOnnx))
      : flags.registry !== undefined
        ? dirname(resolve(flags.registry))
        : model;
  const onnx = resolve(flags.outOnnx ?? join(folder, name));
  if (!ONNX_NAME.test(basename(onnx)))
    throw new PipelineError(
      'BAD_OUTPUT',
      `--out-onnx must be a file name of small letters, digits, _, . and - that ends in .onnx, got ${onnx}`,
    );
  const beside = join(folder, `${basename(onnx, '.onnx')}.json`);
  const sidecar = resolve(flags.outSidecar ?? beside);
  const card = join(folder, `${basename(onnx, '.onnx')}.md`);
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
  const metrics = flags.metricsOut === undefined ? undefined : resolve(flags.metricsOut);
  if (metrics?.endsWith('.json') === false)
    throw new PipelineError('BAD_OUTPUT', `--metrics-out must end in .json, got ${metrics}`);
  const files = [onnx, sidecar, registry, ...(metrics === undefined ? [] : evidencePaths(metrics))];
  const clash = files.find((path, i) => files.indexOf(path) < i);
  if (clash !== undefined)
    throw new PipelineError(
      'BAD_OUTPUT',
      `two outputs would be the file ${clash}: give one of them another name`,
    );
  return { onnx, sidecar, card, registry, metrics };
}

/** Lists the files that a run writes, for the guard of outputs; without `metrics` or without an export, only the rest. */
export function runOutputs(paths: Omit<OutputPaths, 'metrics'>, metrics?: string): Output[] {
  const { onnx, sidecar, registry } = paths;
  return [
    { path: onnx, flag: '--out-onnx', kind: 'onnx', role: 'model' },
    { path: sidecar, flag: '--out-sidecar', kind: 'json', role: 'model' },
    { path: registry, flag: '--registry', kind: 'json', role: 'registry' },
    ...(metrics === undefined ? [] : evidenceOutputs(metrics)),
  ];
}

/** The evidence of a run, for the guard of outputs. */
export function evidenceOutputs(metrics: string): Output[] {
  return evidencePaths(metrics).map((path) => ({
    path,
    flag: '--metrics-out',
    kind: path.endsWith('.parquet') ? 'parquet' : 'json',
    role: 'evidence',
  }));
}

/** The evidence of a workspace's models lies in its runs, whatever its folders are called: for the registry's history. */
export function runsOf(registry: string, { model, runs }: WorkspaceFolders): { readonly runs?: string } {
  return dirname(registry) === model ? { runs } : {};
}

function evidencePaths(metrics: string): string[] {
  return [metrics, ...EVIDENCE.map((file) => besideMetrics(metrics, file))];
}

/** Writing them takes a twentieth of a short run, so a run that only evaluates leaves them out unless it is asked. */
export function keepsPredictions(options: {
  readonly export: boolean;
  readonly keepPredictions?: boolean;
}): boolean {
  return options.keepPredictions ?? options.export;
}
