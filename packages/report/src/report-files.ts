import { resolve } from 'node:path';
import {
  parseEvaluation,
  parseHeadsMetrics,
  parseMetrics,
  runKind,
  MAX_METRICS_BYTES,
} from '@vqforge/artifact';
import { parseJson, sha256 } from '@vqforge/base';
import {
  besideMetrics,
  readIfPresent,
  requireFolderOf,
  requireSafeOutputs,
  workspaceFolders,
  writeDocuments,
} from '@vqforge/artifact/node';
import { ReportError } from './errors.ts';
import { readPredictions, type HeldOut } from '@vqforge/table';
import { readFeatureColumns } from './feature-column-files.ts';
import { evaluationReport, shownDisagreements } from './evaluation-report.ts';
import { headsReport } from './heads-report.ts';
import { regressorReport } from './regressor-report.ts';
import { findMetrics, isFile, runName } from './run-search-files.ts';
import { readTriplets } from './triplet-files.ts';

export interface ReportOptions {
  /** A run's folder, its metrics file, or its id below `runs/`. */
  readonly run: string;
  /** Default: report.html beside the metrics. */
  readonly out?: string;
  /** The BAPPS folder of an evaluation, for the pictures of the triplets where people see it the other way. */
  readonly dataset?: string;
  /** A workspace. */
  readonly root: string;
  /** Folder with one folder per run; default: `runs/` of the root. */
  readonly runs?: string;
  /** Folders of registries, which no page may replace; default: `model/tiny/` of the root. */
  readonly registries?: readonly string[];
  /** Leave to replace a file of another kind. */
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes what a run measured as one HTML file that loads nothing. The same run gives the same bytes.
 *
 * @throws ReportError UNREADABLE | UNKNOWN_RUN | BAD_METRICS | WRONG_PREDICTIONS | WRONG_DATASET | BAD_OUTPUT |
 * UNWRITABLE; ArtifactError on metrics that are not what they should be; TableError on predictions that cannot be read
 * @example await writeReport({ run: 'fr_regressor_v1', root: '.' }); // => { path: '…/runs/fr_regressor_v1/report.html', sha256: '…' }
 */
export async function writeReport(options: ReportOptions): Promise<{ path: string; sha256: string }> {
  const { run, out, root, dataset } = options;
  const { runs = workspaceFolders(root).runs, registries = [workspaceFolders(root).model] } = options;
  const metricsFile = await findMetrics(run, runs);
  const path = resolve(out ?? besideMetrics(metricsFile, 'report.html'));
  await requireFolderOf(path, '--out');
  await requireSafeOutputs({
    outputs: [{ path, flag: '--out', kind: 'html', role: 'document' }],
    inputs: [metricsFile, ...(dataset === undefined ? [] : [dataset])],
    registries,
    runs: [runs],
    force: options.force === true,
  });
  const text = await reportText(metricsFile, options);
  await writeDocuments([{ path, text }]);
  return { path, sha256: sha256(text) };
}

async function reportText(metricsFile: string, { dataset, root, signal }: ReportOptions): Promise<string> {
  const bytes = (await readIfPresent(metricsFile, MAX_METRICS_BYTES)) ?? new Uint8Array();
  const document = parseJson(bytes, { maxBytes: MAX_METRICS_BYTES }, metricsFile);
  const id = runName(metricsFile);
  switch (runKind(document)) {
    case 'regressor': {
      const metrics = parseMetrics(document);
      const heldOut = await predictionsBeside(metricsFile, signal);
      const features = heldOut && (await readFeatureColumns(metrics, root, signal));
      return regressorReport(id, metrics, heldOut, features);
    }
    case 'lpips_heads':
      return headsReport(id, parseHeadsMetrics(document));
    case 'evaluation': {
      const evaluation = parseEvaluation(document);
      const shown = shownDisagreements(evaluation);
      const triplets =
        dataset === undefined ? undefined : await readTriplets(dataset, shown, evaluation.dataset.resize);
      return evaluationReport(id, evaluation, triplets);
    }
    case undefined:
      throw new ReportError(
        'UNKNOWN_RUN',
        `${metricsFile} is not what a training or an evaluation writes: its schema, task and keys are of neither`,
      );
  }
}

async function predictionsBeside(
  metricsFile: string,
  signal: AbortSignal | undefined,
): Promise<HeldOut | undefined> {
  const path = besideMetrics(metricsFile, 'predictions.parquet');
  // a refused run keeps none
  return (await isFile(path)) ? readPredictions(path, signal) : undefined;
}
