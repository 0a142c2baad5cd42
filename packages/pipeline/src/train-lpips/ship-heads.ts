import { basename, dirname, join } from 'node:path';
import {
  formatEnvironment,
  formatHeadsMetrics,
  modelCard,
  parseSidecar,
  type HeadsMetricsDocument,
} from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import { flatHeads, headsFile, type StateDict } from '@vqforge/export';
import type { TwoAfc } from '@vqforge/bapps';
import {
  besideMetrics,
  type Document,
  MAX_DOCUMENT_BYTES,
  workspaceFolders,
  writeDocuments,
} from '@vqforge/artifact/node';
import { environmentDocument } from '../environment-node.ts';
import { buildLpips } from '../lpips-export.ts';
import { TRAIN_COMMAND } from '../lpips-sidecar.ts';
import type { OutputPaths } from '../output-paths.ts';
import { digestOf, publishModel } from '../publish-files.ts';
import type { RunFile } from '../run-documents.ts';
import { statisticsParity } from './exported-distances.ts';
import type { SetStatistics } from './statistics-pass.ts';
import { headsMetrics, type HeadsPublication, type TrainingFacts } from './training-documents.ts';
import { byteArguments, choiceOf } from './training-request.ts';

interface TrainedHeads {
  readonly facts: TrainingFacts;
  readonly heads: StateDict;
  readonly trunk: StateDict;
  readonly validation: SetStatistics;
  readonly validationSet: TwoAfc;
}

interface Shipped {
  readonly metrics: HeadsMetricsDocument;
  readonly written: readonly RunFile[];
}

/**
 * Heads beside the metrics, and where the gate agrees and an export is wanted, graph, parity and publish. A run that the
 * gate refused writes its metrics and nothing else.
 *
 * @throws PipelineError PARITY_FAILED, INTERRUPTED, UNWRITABLE, and those of the registry's publish
 */
export async function shipHeads(
  trained: TrainedHeads,
  timings: Readonly<Record<string, number>>,
  paths: OutputPaths & { readonly metrics: string },
): Promise<Shipped> {
  const { facts, heads } = trained;
  const { options, verdict } = facts;
  const environment = await environmentDocument(
    { engine: options.engine, workers: options.workers, timings, nativeParity: null },
    options.root,
  );
  // the metrics say `shipped`: they come last
  const evidence = (metrics: HeadsMetricsDocument): Document[] => [
    { path: besideRun(paths.metrics, 'heads.safetensors'), text: headsFile(heads) },
    { path: besideMetrics(paths.metrics, 'environment.json'), text: formatEnvironment(environment) },
    { path: paths.metrics, text: formatHeadsMetrics(metrics) },
  ];
  if (!options.export || !verdict.passed) {
    const metrics = headsMetrics(facts, undefined);
    const documents = verdict.passed ? evidence(metrics) : evidence(metrics).slice(-1);
    await writeDocuments(documents);
    return { metrics, written: documents.map(digestOf) };
  }
  const built = await buildTrained(trained, basename(paths.onnx));
  const { onnx, sidecar } = built;
  const publication: HeadsPublication = {
    parity: built.parity,
    statisticsParity: built.statisticsParity,
    artifacts: { onnx: sha256(onnx), sidecar: sha256(sidecar) },
  };
  const metrics = headsMetrics(facts, publication);
  const { written } = await publishModel({
    paths,
    folders: options.folders ?? workspaceFolders(options.root),
    onnx,
    sidecar,
    card: modelCard({ sidecar: parseSidecar(sidecar) }),
    // the trunk is others' work: users make the model from upstream's file and these heads
    shipped: false,
    replace: options.replace === true,
    evidence: evidence(metrics),
    signal: options.signal,
  });
  return { metrics, written };
}

async function buildTrained(
  { facts, heads, trunk, validation, validationSet }: TrainedHeads,
  name: string,
): Promise<Awaited<ReturnType<typeof buildLpips>> & Pick<HeadsPublication, 'statisticsParity'>> {
  const { options, inputs } = facts;
  const choice = choiceOf(options);
  const { trunk: _, ...read } = inputs;
  const built = await buildLpips({
    id: options.id as string,
    model: { ...choice, trunk, heads },
    choice,
    name,
    version: options.packageVersion,
    maxBytes: MAX_DOCUMENT_BYTES,
    lineage: {
      command: TRAIN_COMMAND,
      args: byteArguments(options),
      inputs: read,
      source: { name: 'trained by vqforge on judgements of people', license: 'NOASSERTION' },
    },
  });
  const parity = await statisticsParity(
    options.engine,
    built.onnx,
    flatHeads(heads),
    validationSet,
    validation,
  );
  return { ...built, statisticsParity: parity };
}

/** A file of the run beside its metrics, named as `besideMetrics` does: `x.json` → `x.heads.safetensors`. */
export function besideRun(metrics: string, file: 'heads.safetensors' | 'progress.json'): string {
  const stem = basename(metrics, '.json');
  return join(dirname(metrics), stem === 'metrics' ? file : `${stem}.${file}`);
}
