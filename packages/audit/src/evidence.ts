import {
  SHIP_THRESHOLD,
  type AgreementMetrics,
  type DatasetManifest,
  type MetricsDocument,
  type ProvenanceValue,
  type RegressorSidecar,
} from '@vqforge/artifact';
import { compactJson } from '@vqforge/base';
import { type Report, sidecarName } from '@vqforge/registry';
import type { AuditedModel } from './registry-audit.ts';

/** The metrics of one run. */
export interface Evidence {
  readonly path: string;
  readonly metrics: MetricsDocument;
}

/**
 * Means and standard deviations of at most some 50,000 folds, added in another order, differ by less than n · 2^-53
 * relative to the largest term; every measure is at most 100.
 */
const SUM_TOLERANCE = 1e-9;

/** Whether a run's numbers agree with each other: folds, summary, rows, verdict, digests. */
export function auditEvidence({ path, metrics }: Evidence, report: Report): void {
  const differ = differences(
    'EVIDENCE_INCONSISTENT',
    path,
    'repeat the run: its metrics were edited or damaged',
    report,
  );
  const { per_fold: perFold, summary } = metrics.loso;
  const folds = Object.values(perFold);
  differ('folds in the summary', summary.n_folds, folds.length);
  for (const key of ['plcc', 'srocc', 'krocc', 'rmse'] as const) {
    const { mean, std } = moments(folds.map((fold) => fold[key]));
    differ(`mean ${key}`, summary[`mean_${key}`], mean, SUM_TOLERANCE);
    differ(`std of ${key}`, summary[`std_${key}`], std, SUM_TOLERANCE);
  }
  differ('rows of all folds', sum(folds), metrics.dataset.n_rows);
  differ('sources', metrics.dataset.n_sources, folds.length);
  const names = Object.keys(perFold).sort();
  if (metrics.gate.passed) {
    differ('folds', names.join(', '), [...metrics.expected_folds].sort().join(', '));
    const mean = summary.mean_plcc ?? -1;
    if (!(mean >= metrics.ship_threshold))
      differ('mean plcc of a run that passed', mean, `at least ${metrics.ship_threshold}`);
  }
  differ('shipped without passing the gate', metrics.shipped && !metrics.gate.passed, false);
  differ('shipped', metrics.shipped, metrics.artifacts !== null);
  const { inputs = {}, outputs = {} } = metrics.run_provenance;
  if (inputs['table'] !== undefined)
    differ(
      'provenance of the table',
      JSON.stringify(inputs['table']),
      JSON.stringify(metrics.dataset.content_digest),
    );
  for (const [role, digest] of Object.entries(metrics.artifacts ?? {})) {
    // of earlier versions, and true until the next publish of any model
    if (role === 'registry') continue;
    differ(`provenance of the ${role}`, digestIn(outputs[role]), digest);
  }
  if (metrics.ship_threshold < SHIP_THRESHOLD) {
    report('GATE_LOWERED', 'warning', path, {
      expected: `a ship threshold of at least ${SHIP_THRESHOLD}`,
      got: String(metrics.ship_threshold),
      advice: 'ask why; train again without --ship-threshold',
    });
  }
}

/** A regressor's sidecar against the run that made it. */
export function auditSidecarEvidence(
  sidecar: RegressorSidecar,
  digests: { readonly onnx: string; readonly sidecar: string },
  { path, metrics }: Evidence,
  report: Report,
): void {
  const differ = differences(
    'EVIDENCE_DISAGREES',
    path,
    'trust neither; run vqforge regenerate --check',
    report,
  );
  const { training } = sidecar;
  const { summary } = metrics.loso;
  differ('digest of the model', metrics.artifacts?.onnx ?? null, digests.onnx);
  differ('digest of the sidecar', metrics.artifacts?.sidecar ?? null, digests.sidecar);
  differ('LOSO mean plcc', summary.mean_plcc, training.loso_mean_plcc);
  differ('LOSO std of plcc', summary.std_plcc, training.loso_std_plcc);
  differ('LOSO mean srocc', summary.mean_srocc, training.loso_mean_srocc);
  differ('LOSO mean rmse', summary.mean_rmse, training.loso_mean_rmse);
  differ('in-sample plcc', metrics.in_sample?.plcc ?? null, training.in_sample_plcc);
  differ('ship threshold', metrics.ship_threshold, training.ship_threshold);
  differ('table', metrics.dataset.id, training.dataset);
  differ('table digest', metrics.dataset.content_digest, training.dataset_digest);
  differ('rows', metrics.dataset.n_rows, training.n_rows);
  differ('sources', metrics.dataset.n_sources, training.n_sources);
  differ('pairs', metrics.dataset.n_pairs, training.n_pairs);
  differ('epochs', metrics.epochs, training.epochs);
  differ('seed', metrics.seed, training.seed);
  differ('engine', metrics.engine, training.engine);
  differ('reproducible', metrics.reproducible, training.engine === 'wasm');
  differ('recipe', JSON.stringify(metrics.recipe), JSON.stringify(training.recipe));
  differ('features', metrics.feature_cols.join(', '), sidecar.feature_order.join(', '));
  differ('parity', textOf(metrics.parity), textOf(sidecar.parity));
  differ('teacher probes', textOf(metrics.augmentation), textOf(training.augmentation));
  const [ran, made] = [metrics.run_provenance, sidecar.run_provenance];
  differ('arguments', textOf(ran.args), textOf(made.args));
  differ('feature subset', textOf(metrics.feature_subset), textOf(made.args['features'] ?? 'canonical6'));
  differ('entry point', textOf(ran.entrypoint), textOf(made.entrypoint));
  for (const name of ['table', 'probes'])
    differ(`inputs.${name}`, textOf(ran.inputs?.[name]), textOf(made.inputs?.[name]));
}

/** The files that a run says it published are the model's own; the run itself may have been moved. */
export function auditOutputs(
  { entry, folder }: Pick<AuditedModel, 'entry' | 'folder'>,
  { path, metrics }: Evidence,
  report: Report,
): void {
  const differ = differences('EVIDENCE_DISAGREES', path, 'repeat the run: its metrics were edited', report);
  const files = { onnx: `${folder}/${entry.onnx}`, sidecar: `${folder}/${sidecarName(entry.onnx)}` };
  for (const [role, file] of Object.entries(files)) {
    const described = metrics.run_provenance.outputs?.[role];
    const said =
      described !== null && typeof described === 'object' && 'path' in described ? described.path : null;
    // a run elsewhere than in the repository names its files alone
    if (said === null || said.includes('/')) differ(`path of the ${role}`, said, file);
  }
}

/** A part of a document, to be compared whole; null for none. */
function textOf(part: unknown): string | null {
  return part === undefined || part === null ? null : compactJson(part);
}

/** A run against the dataset that it names: every source held out once, and no file but those of the manifest. */
export function auditRunDataset(
  { path, metrics }: Evidence,
  manifest: DatasetManifest,
  report: Report,
): void {
  const differ = differences('EVIDENCE_DISAGREES', path, 'repeat the run on the whole table', report);
  const sources = manifest.sources.map(({ name }) => name).sort();
  differ('folds', Object.keys(metrics.loso.per_fold).sort().join(', '), sources.join(', '));
  const read = [metrics.run_provenance.inputs?.['parquet'] ?? []].flat().map(digestIn);
  const listed = new Set<string | null>(manifest.files.map(({ sha256 }) => sha256));
  for (const digest of read)
    if (!listed.has(digest)) differ('digest of its table file', digest, [...listed].join(' or '));
}

/** The digest in a described file; null for anything else. */
function digestIn(value: ProvenanceValue | undefined): string | null {
  const isDescribed = typeof value === 'object' && value !== null && 'path' in value;
  return isDescribed && value.exists ? (value.sha256 ?? null) : null;
}

type Value = string | number | boolean | null;

/** Reports what a document says where it is not what it should be; both sides null is agreement. */
function differences(
  code: 'EVIDENCE_INCONSISTENT' | 'EVIDENCE_DISAGREES',
  file: string,
  advice: string,
  report: Report,
): (what: string, got: Value, expected: Value, tolerance?: number) => void {
  return (what, got, expected, tolerance = 0) => {
    const isNear =
      typeof got === 'number' && typeof expected === 'number' && Math.abs(got - expected) <= tolerance;
    if (got === expected || isNear) return;
    report(code, 'error', file, { expected: `${what}: ${expected}`, got: String(got), advice });
  };
}

/** Mean and sample standard deviation (ddof 1, so null for one fold); both null when a fold has no value. */
function moments(values: readonly (number | null)[]): { mean: number | null; std: number | null } {
  const numbers = values.filter((value) => value !== null);
  if (numbers.length === 0 || numbers.length < values.length) return { mean: null, std: null };
  const mean = numbers.reduce((total, value) => total + value, 0) / numbers.length;
  const squares = numbers.reduce((total, value) => total + (value - mean) * (value - mean), 0);
  return { mean, std: numbers.length < 2 ? null : Math.sqrt(squares / (numbers.length - 1)) };
}

function sum(folds: readonly AgreementMetrics[]): number {
  return folds.reduce((total, { n }) => total + n, 0);
}
