import { join } from 'node:path';
import {
  parseMetrics,
  sweepSettings,
  type MetricsDocument,
  type Sweep,
  type SweepPoint,
} from '@vqforge/artifact';
import {
  makeFolder,
  MAX_DOCUMENT_BYTES,
  readIfPresent,
  requireSafeOutputs,
  workspaceFolders,
  writeDocuments,
} from '@vqforge/artifact/node';
import { CodedError, compactJson, sha256, type Json } from '@vqforge/base';
import type { FeatureTable } from '@vqforge/table';
import { heldOutSources, resolveRecipe, type RecipeName, type RecipeOverrides } from '@vqforge/train';
import { identifyDataset } from './dataset-files.ts';
import { PipelineError } from './errors.ts';
import { chooseProbes } from './probe-files.ts';
import { retrain, type RetrainOptions } from './retrain.ts';
import { itemsOfShare, localRunner, type Job, type Runner, type Share } from './job-runner.ts';
import { loadTrainingTable } from './training-table.ts';

/** The grid of a sweep: every combination is tried. An empty list of values leaves the recipe's own. */
export interface SweepGrid {
  readonly recipes: readonly RecipeName[];
  readonly seeds: readonly number[];
  readonly epochs: readonly number[];
  readonly batchSizes: readonly number[];
  readonly learningRates: readonly number[];
  readonly weightDecays: readonly number[];
}

export interface SweepOptions extends Pick<
  RetrainOptions,
  | 'parquet'
  | 'features'
  | 'teacherColumn'
  | 'map'
  | 'augment'
  | 'dropInvalid'
  | 'engine'
  | 'shipThreshold'
  | 'teacherRange'
  | 'root'
  | 'folders'
  | 'force'
  | 'version'
  | 'signal'
  | 'now'
> {
  readonly grid: SweepGrid;
  /** Folder of the sweep; default: `runs/sweep-<digest of table and grid>`. */
  readonly out?: string;
  /** Cores to use. */
  readonly cores: number;
  /** Which points are trained here; default: all. */
  readonly share?: Share;
  /** Where the trainings run; default: in this process. */
  readonly runner?: Runner;
  readonly observer?: {
    readonly table?: (table: FeatureTable, points: number, known: number) => void;
    readonly point?: (point: SweepPoint, done: number, total: number) => void;
  };
}

export interface SweepResult {
  readonly sweep: Sweep;
  readonly folder: string;
  /** `sweep.json` in it. */
  readonly document: string;
  /** Points that an earlier, interrupted sweep had done. */
  readonly known: number;
}

/** A training of the grid: JSON, as a queue would hold it. */
interface PointInput {
  readonly key: string;
  readonly recipe: RecipeName;
  readonly overrides: RecipeOverrides;
  readonly seed: number;
}

/** More than that is a mistake in the grid. */
const MOST_POINTS = 10_000;

/**
 * Trains every point of a grid, leave-one-source-out, and publishes nothing. Each point leaves the evidence of its run in a folder
 * of its own, named by what was asked for; a sweep that is interrupted goes on where it was, since points whose evidence is there
 * are not trained again. Shares of one sweep may have one folder; their document has the points that were done when it was written.
 *
 * @throws PipelineError BAD_GRID on a grid that is empty or too large; what `retrain` throws
 */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { grid, engine, observer, signal, root } = options;
  const folders = options.folders ?? workspaceFolders(root);
  const wanted = gridPoints(grid);
  const table = await loadTrainingTable(options);
  const dataset = await identifyDataset(table, folders.datasets);
  const probes = new Map<RecipeName, string | null>();
  for (const name of grid.recipes) {
    const { recipe } = resolveRecipe(name, {});
    const chosen = await chooseProbes({ ...options, datasets: folders.datasets, recipe, table, dataset });
    probes.set(name, 'table' in chosen ? chosen.table.contentDigest : null);
  }
  const common = {
    table: table.contentDigest,
    features: [...table.featureColumns],
    engine,
    ...askedOf(options),
  };
  const inputs = wanted.map((point): PointInput => {
    const digest = probes.get(point.recipe) ?? null;
    return { ...point, key: digestOf({ ...common, point, ...(digest === null ? {} : { probes: digest }) }) };
  });
  const id = `sweep-${digestOf({ ...common, points: inputs.map(({ key }) => key) })}`;
  const folder = options.out ?? join(folders.runs, id);
  const document = join(folder, 'sweep.json');
  await requireSafeOutputs({
    outputs: [{ path: document, flag: '--out', kind: 'json', role: 'document' }],
    inputs: (table.files ?? []).map(({ path }) => path),
    registries: [folders.model],
    runs: [folders.runs],
    force: options.force === true,
  });
  await makeFolder(folder);
  const own = options.share === undefined ? inputs : itemsOfShare(inputs, options.share);
  const found = new Map<string, SweepPoint>();
  const evidence = (input: PointInput): Promise<MetricsDocument | undefined> =>
    evidenceOf(folder, input, {
      table: table.contentDigest,
      probes: probes.get(input.recipe) ?? null,
    });
  const look = async (): Promise<void> => {
    for (const input of inputs.filter(({ key }) => !found.has(key))) {
      const metrics = await evidence(input);
      if (metrics !== undefined) found.set(input.key, pointOf(input.key, metrics));
    }
  };
  await look();
  const known = found.size;
  observer?.table?.(table, inputs.length, known);
  const state = (): Sweep => {
    const points = inputs.flatMap(({ key }) => found.get(key) ?? []);
    return {
      schema: 'vqforge/sweep-v1',
      dataset: { id: dataset.id, content_digest: table.contentDigest },
      features: table.featureColumns,
      engine,
      size: inputs.length,
      points,
      settings: sweepSettings(points),
    };
  };
  const write = (): Promise<void> =>
    writeDocuments([{ path: document, text: `${JSON.stringify(state(), null, 2)}\n` }]);
  // a training keeps as many threads busy as it has folds
  const threads = Math.min(options.cores, heldOutSources(table.source).length);
  const parallel = Math.max(1, Math.floor(options.cores / threads));
  const runner = options.runner ?? localRunner({ parallel, ...(signal ? { signal } : {}) });
  const group = { name: `vqforge-${id}`, parallel };
  const add = async (key: string, metrics: MetricsDocument): Promise<void> => {
    const point = pointOf(key, metrics);
    found.set(key, point);
    await write();
    observer?.point?.(point, found.size, inputs.length);
  };
  for (let missing = own.filter(({ key }) => !found.has(key)); missing.length > 0;) {
    await runner.run(
      missing.map((input): Job<PointInput> => ({ key: input.key, input })),
      (input) => trainPoint(input, folder, threads, options),
      ({ key }, metrics) => add(key, metrics),
      group,
    );
    // what other machines trained
    for (const input of missing.filter(({ key }) => !found.has(key))) {
      const metrics = await evidence(input);
      if (metrics !== undefined) await add(input.key, metrics);
    }
    const still = missing.filter(({ key }) => !found.has(key));
    if (still.length === missing.length)
      throw new PipelineError(
        'RUN_FAILED',
        `${still.length} points of the sweep have no evidence in ${folder} after they were worked off: ${still[0]?.key}; look at what the other machines say`,
      );
    missing = still;
  }
  // the share that ends last has all points
  if (options.share !== undefined) await look();
  await write();
  return { sweep: state(), folder, document, known };
}

function gridPoints(grid: SweepGrid): Omit<PointInput, 'key'>[] {
  const { recipes, seeds, epochs, batchSizes, learningRates, weightDecays } = grid;
  const settings = recipes.flatMap((recipe) =>
    choices(epochs).flatMap((epoch) =>
      choices(batchSizes).flatMap((batchSize) =>
        choices(learningRates).flatMap((learningRate) =>
          choices(weightDecays).map((weightDecay) => ({
            recipe,
            overrides: {
              ...(epoch === undefined ? {} : { epochs: epoch }),
              ...(batchSize === undefined ? {} : { batchSize }),
              ...(learningRate === undefined ? {} : { learningRate }),
              ...(weightDecay === undefined ? {} : { weightDecay }),
            },
          })),
        ),
      ),
    ),
  );
  const count = settings.length * seeds.length;
  if (count === 0 || count > MOST_POINTS)
    throw new PipelineError('BAD_GRID', `the grid has ${count} points, expected 1 to ${MOST_POINTS}`);
  return settings.flatMap((setting) => seeds.map((seed) => ({ ...setting, seed })));
}

function choices(values: readonly number[]): readonly (number | undefined)[] {
  return values.length === 0 ? [undefined] : [...new Set(values)];
}

/** What changes the numbers of a point beside the point itself; no version, so that a sweep goes on after an update. */
function askedOf({
  teacherColumn,
  dropInvalid,
  shipThreshold,
  teacherRange,
}: SweepOptions): Record<string, Json> {
  return {
    teacher_column: teacherColumn,
    drop_invalid: dropInvalid,
    ship_threshold: shipThreshold,
    ...(teacherRange === undefined ? {} : { teacher_range: [...teacherRange] }),
  };
}

function digestOf(asked: object): string {
  return sha256(compactJson(asked)).slice(0, 12);
}

function metricsOf(folder: string, key: string): string {
  return join(folder, 'points', key, 'metrics.json');
}

/** The evidence of a point, where it is whole and of this table, probes, recipe and seed. */
async function evidenceOf(
  folder: string,
  { key, recipe, seed }: PointInput,
  digests: { readonly table: string; readonly probes: string | null },
): Promise<MetricsDocument | undefined> {
  const bytes = await readIfPresent(metricsOf(folder, key), MAX_DOCUMENT_BYTES);
  if (bytes === undefined) return undefined;
  try {
    const metrics = parseMetrics(bytes);
    const isIts =
      metrics.dataset.content_digest === digests.table &&
      (metrics.augmentation?.dataset_digest ?? null) === digests.probes &&
      metrics.seed === seed &&
      metrics.recipe.name === recipe;
    return isIts ? metrics : undefined;
  } catch (error) {
    // damaged evidence is made again
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

async function trainPoint(
  { key, recipe, overrides, seed }: PointInput,
  folder: string,
  threads: number,
  options: SweepOptions,
): Promise<MetricsDocument> {
  const metrics = metricsOf(folder, key);
  await makeFolder(join(folder, 'points', key));
  const { observer: _, grid: _grid, runner: _runner, ...rest } = options;
  const result = await retrain({
    ...rest,
    recipe,
    overrides,
    seed,
    workers: threads,
    export: false,
    outputs: { metricsOut: metrics },
    argv: ['sweep'],
  });
  return result.metrics;
}

function pointOf(key: string, { recipe, seed, loso, gate }: MetricsDocument): SweepPoint {
  return { key, recipe, seed, summary: loso.summary, gate };
}
