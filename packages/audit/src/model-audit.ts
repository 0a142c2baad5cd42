import { dirname, join } from 'node:path';
import { isOfFamily, type RegressorSidecar } from '@vqforge/artifact';
import { locateRegistry, readInside } from '@vqforge/registry/node';
import { type Finding, MAX_JSON_BYTES, type Report, sidecarName } from '@vqforge/registry';
import { type AuditedDataset, auditStatistics, type TrainedTables } from './dataset-files.ts';
import type { TableReader } from './table-reader.ts';
import { auditDrift, previousStatistics } from './drift.ts';
import { auditOutputs, auditRunDataset, auditSidecarEvidence, type Evidence } from './evidence.ts';
import { auditEngine, auditEntry, auditTeacherRange } from './entry-rules.ts';
import { auditFoldTraining, type FoldTraining } from './fold-training.ts';
import { auditInSample } from './in-sample.ts';
import { type Lineage, lineageOf } from './lineage.ts';
import { auditCard } from './model-card-files.ts';
import { auditPredictions } from './predictions.ts';
import type { PolicyCheck } from './policy.ts';
import type { AuditedModel } from './registry-audit.ts';
import { auditDistanceBlock, auditRecipe, auditRegressorBlock, auditTrainedRows } from './training-facts.ts';

/** The parts of the tree that a model is checked against. */
interface ModelContext {
  readonly policy: PolicyCheck;
  readonly datasets: readonly AuditedDataset[];
  readonly evidence: readonly Evidence[];
  readonly tables: TableReader;
  readonly root: string;
  /** Ids whose registry's verification found no error. */
  readonly verified: ReadonlySet<string>;
  /** Registry folder, or its file, with an earlier version of the models. */
  readonly previous: string | undefined;
  readonly foldTraining: FoldTraining | undefined;
}

/** One model against its dataset, the evidence of its run, its predecessor and the policy. */
export async function auditModel(
  model: AuditedModel,
  context: ModelContext,
): Promise<{ findings: Finding[]; lineage: Lineage; retrained: readonly string[] }> {
  const { entry, folder, sidecar } = model;
  const findings: Finding[] = [];
  const report: Report = (code, severity, file, text) =>
    findings.push({ code, severity, file, id: entry.id, ...text });
  const { policy } = context;
  const file = `${folder}/${sidecarName(entry.onnx)}`;
  if (entry.license === undefined) {
    report('MISSING_LICENSE', policy.severity('license', 'warning'), `${folder}/registry.json`, {
      expected: 'a licence',
      got: 'none in the entry',
      advice: 'find out under which terms the model may be used, and publish it with them',
    });
  }
  const isHere = model.digests.onnx !== null;
  if (sidecar !== null) auditEntry(model, sidecar, report);
  if (sidecar === null) {
    if (isHere) auditUnknown(file, policy, report);
    return { findings, lineage: lineageOf(model, undefined, undefined), retrained: [] };
  }
  if (!isOfFamily('fr-regressor', sidecar)) {
    auditDistanceBlock(sidecar, file, report);
    await auditCard(context.root, model, { sidecar }, policy, report);
    return { findings, lineage: lineageOf(model, undefined, undefined), retrained: [] };
  }
  auditRegressorBlock(sidecar, file, report);
  const dataset = context.datasets.find(
    ({ manifest }) => manifest.content_digest === sidecar.training.dataset_digest,
  );
  const trained = await auditDataset(sidecar, file, dataset, context, report);
  const table = trained?.table ?? null;
  auditEngine(model, sidecar, file, report);
  auditTeacherRange(sidecar, file, table, report);
  const evidence = auditRun(model, sidecar, context, report);
  if (evidence !== undefined && dataset !== undefined) {
    auditRunDataset(evidence, dataset.manifest, report);
  }
  const own = evidence?.metrics.artifacts?.onnx === entry.sha256 ? evidence : undefined;
  const recipe = auditRecipe(sidecar, file, own, report);
  if (trained !== null && recipe !== null) auditTrainedRows(sidecar, file, trained, recipe, own, report);
  if (own !== undefined) {
    auditOutputs(model, own, report);
    const { metrics } = own;
    const manifest = dataset === undefined ? {} : { manifest: dataset.manifest };
    await auditCard(context.root, model, { sidecar, metrics, ...manifest }, policy, report);
    await auditPredictions(context.root, own, sidecar, table, report);
    if (table !== null && context.verified.has(entry.id))
      await auditInSample(context.root, model, sidecar, own, table, report);
  }
  const { foldTraining } = context;
  const known = table === null ? undefined : own;
  const retrained =
    foldTraining === undefined ? [] : await auditFoldTraining(sidecar, file, known, foldTraining, report);
  if (sidecar.teacher.model === null) {
    report('MISSING_TEACHER', policy.severity('teacher', 'warning'), file, {
      expected: 'the name of the model that filled the teacher column',
      got: 'null',
      advice: 'name it in the dataset manifest and train again',
    });
  }
  if (context.previous !== undefined) await auditPredecessor(sidecar, file, context.previous, report);
  return { findings, lineage: lineageOf(model, dataset, evidence), retrained };
}

function auditUnknown(file: string, policy: PolicyCheck, report: Report): void {
  report('MISSING_PROVENANCE', policy.severity('provenance', 'warning'), file, {
    expected: 'a sidecar of vqforge, which says what the model was made from',
    got: 'none, so its origin is unknown',
    advice: 'train it with vqforge, or import it with a sidecar that says what is known',
  });
}

async function auditDataset(
  sidecar: RegressorSidecar,
  file: string,
  dataset: AuditedDataset | undefined,
  { datasets, tables, policy }: ModelContext,
  report: Report,
): Promise<TrainedTables | null> {
  const { dataset: id, dataset_digest: digest } = sidecar.training;
  const { augmentation } = sidecar.training;
  const probes = datasets.find(({ manifest }) => manifest.content_digest === augmentation?.dataset_digest);
  if (augmentation !== undefined && probes === undefined)
    report('MISSING_DATASET', policy.severity('dataset', 'info'), file, {
      expected: `the teacher probes ${augmentation.dataset} with content digest ${augmentation.dataset_digest} under datasets/`,
      got: 'no manifest of them, so the statistics were not checked',
      advice: 'fetch the dataset to check them',
    });
  const intactProbes = probes?.isIntact === true ? probes : undefined;
  if (dataset?.isIntact === true)
    return auditStatistics(sidecar, file, dataset, intactProbes, tables, report);
  // its files have their own findings
  if (dataset !== undefined) return null;
  const renamed = datasets.find(({ manifest }) => manifest.id === id);
  if (renamed !== undefined) {
    report('DATASET_DISAGREES', 'error', file, {
      expected: `table digest ${renamed.manifest.content_digest}, as in ${renamed.path}`,
      got: digest,
      advice: 'the dataset changed after training: train again, or restore the dataset',
    });
    return null;
  }
  report('MISSING_DATASET', policy.severity('dataset', 'info'), file, {
    expected: `the table ${id} with content digest ${digest} under datasets/`,
    got: 'no manifest of it, so the statistics were not checked',
    advice: 'fetch the dataset to check them',
  });
  return null;
}

/** The evidence is the run that made exactly these bytes. */
function auditRun(
  { entry, digests }: AuditedModel,
  sidecar: RegressorSidecar,
  { evidence, policy }: ModelContext,
  report: Report,
): Evidence | undefined {
  const run =
    evidence.find(({ metrics }) => metrics.artifacts?.onnx === entry.sha256) ??
    evidence.find(({ path }) => path === `runs/${entry.id}/metrics.json`);
  if (run === undefined) {
    report('MISSING_EVIDENCE', policy.severity('evidence', 'warning'), `runs/${entry.id}/metrics.json`, {
      expected: 'the metrics of the run that made the model',
      got: 'none',
      advice: 'train it again: the run writes them',
    });
    return undefined;
  }
  auditSidecarEvidence(sidecar, { onnx: entry.sha256, sidecar: digests.sidecar ?? '' }, run, report);
  return run;
}

async function auditPredecessor(
  sidecar: RegressorSidecar,
  file: string,
  previous: string,
  report: Report,
): Promise<void> {
  const { folder, file: registryFile } = await locateRegistry(previous);
  const name = sidecarName(sidecar.onnx);
  const bytes = await readInside(dirname(join(folder, registryFile)), [name], MAX_JSON_BYTES);
  const statistics = bytes === null ? null : previousStatistics(bytes);
  if (statistics !== null) return auditDrift(sidecar, file, statistics, report);
  report('NO_PREDECESSOR', 'info', file, {
    expected: `feature statistics in ${name} of the previous models`,
    got: bytes === null ? 'no such file' : 'a sidecar without them',
    advice: 'nothing, if the model is new',
  });
}
