import { requireSafeOutputs, workspaceFolders } from '@vqforge/artifact/node';
import { foreseeReplacement, type Replacement } from '@vqforge/registry/node';
import { heldOutSources, resolveRecipe } from '@vqforge/train';
import { identifyDataset } from './dataset-files.ts';
import { regressorId } from './model-id.ts';
import { outputPaths, runsOf } from './output-paths.ts';
import { chooseProbes } from './probe-files.ts';
import { checkOutputs, outputGuard, type RetrainOptions } from './retrain.ts';
import { loadTrainingTable } from './training-table.ts';

/** The outcome that a training would have, before it is done. */
export interface ForeseenTraining {
  /** In the registry. */
  readonly id: string;
  readonly dataset: string;
  readonly contentDigest: string;
  readonly rows: number;
  readonly features: readonly string[];
  readonly folds: number;
  /** The files of the publish; none without an export. */
  readonly files: readonly string[];
  /** What the publish would replace; null without an export. Equal bytes will replace nothing even so. */
  readonly replacement: Replacement | null;
  /** Whether `--replace` would be needed, and is not there. */
  readonly isRefused: boolean;
}

/**
 * Reads the table and the registry as `retrain` does, refuses what it would refuse, and trains and writes nothing.
 *
 * @throws the errors of `retrain` but NEEDS_REPLACE: `isRefused` of the result says so instead
 */
export async function foreseeTraining(options: RetrainOptions): Promise<ForeseenTraining> {
  const { recipe, choice } = resolveRecipe(options.recipe, options.overrides);
  const folders = options.folders ?? workspaceFolders(options.root);
  const id = regressorId(options.id, options.outputs.outOnnx);
  const paths = outputPaths(options.outputs, folders.model, `${id}.onnx`);
  await checkOutputs(options, paths, id);
  const table = await loadTrainingTable(options);
  const dataset = await identifyDataset(table, folders.datasets, options.dataset);
  const chosen = await chooseProbes({ ...options, datasets: folders.datasets, recipe, table, dataset });
  const probes = 'table' in chosen ? chosen.table : undefined;
  await requireSafeOutputs(outputGuard(options, paths, folders, [table, probes]));
  const { seed, engine } = options;
  const origin = {
    datasetDigest: table.contentDigest,
    ...(probes === undefined ? {} : { probesDigest: probes.contentDigest }),
    recipe: choice,
    seed,
    engine,
  };
  const replacement = options.export
    ? await foreseeReplacement(paths.registry, id, origin, runsOf(paths.registry, folders))
    : null;
  return {
    id,
    dataset: dataset.id,
    contentDigest: table.contentDigest,
    rows: table.rows,
    features: table.featureColumns,
    folds: heldOutSources(table.source).length,
    files: options.export ? [paths.onnx, paths.sidecar, paths.card, paths.registry] : [],
    replacement,
    isRefused: replacement?.kind === 'other' && options.replace !== true,
  };
}
