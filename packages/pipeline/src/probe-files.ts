import { join } from 'node:path';
import { teacherDigest, teacherName, type Augmentation } from '@vqforge/artifact';
import { columnStatistics, loadProbeTable, type FeatureTable, type ProbeTable } from '@vqforge/table';
import { trainingRows, type Recipe } from '@vqforge/train';
import { manifestOf, manifestsBelow, trainingData, type Dataset } from './dataset-files.ts';
import { PipelineError } from './errors.ts';

/** Teacher probes that join the training rows of a run. */
interface ChosenProbes {
  readonly table: ProbeTable;
  /** What documents call them. */
  readonly id: string;
}

/** The probes of a run, or why there are none. */
export type ProbeChoice = ChosenProbes | { readonly why: string };

/** `none`, or a table of probes, with what an earlier run called it; undefined: the recipe's own choice. */
export type Augment = string | { readonly path: string; readonly id: string };

interface ProbeOptions {
  readonly augment?: Augment;
  readonly recipe: Recipe;
  readonly table: FeatureTable;
  readonly dataset: Dataset;
  /** Folder of datasets. */
  readonly datasets: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The teacher probes of a run: the table that was asked for, or, for a recipe that fits unclipped scores, the first one below
 * `datasets/` whose teacher is the table's, by the digest of the model file.
 *
 * @throws PipelineError WRONG_TEACHER where the table that was asked for was labelled by another teacher; TableError NOT_PROBES,
 * MISSING_COLUMN, INVALID_VALUES and the others of `loadProbeTable`
 */
export async function chooseProbes(options: ProbeOptions): Promise<ProbeChoice> {
  const { augment, recipe, table, dataset, datasets } = options;
  if (augment === 'none') return { why: '--augment none' };
  if (augment !== undefined) return requestedProbes(options, augment);
  if (!recipe.unclipped) return { why: 'the recipe has none' };
  const { teacherModel } = dataset;
  const digest = teacherModel === null ? undefined : teacherDigest(teacherModel);
  if (digest === undefined)
    return { why: `the table does not say which model file its teacher is (${teacherModel ?? 'unnamed'})` };
  for (const { folder, manifest } of await manifestsBelow(datasets)) {
    const { teacher, columns, files } = manifest;
    const names = columns.map(({ name }) => name);
    if (!names.includes('probe_index') || teacher.column !== table.teacherColumn) continue;
    if (teacher.model === null || teacherDigest(teacher.model) !== digest) continue;
    if (!table.featureColumns.every((name) => names.includes(name))) continue;
    const probes = await load(
      options,
      files.map(({ path }) => join(folder, path)),
    );
    const { id } = (await manifestOf(probes, datasets)) ?? manifest;
    return { table: probes, id };
  }
  return { why: `datasets/ has no probes of ${teacherModel} with these features` };
}

async function requestedProbes(options: ProbeOptions, augment: Augment): Promise<ChosenProbes> {
  const { dataset, datasets } = options;
  const { path, id } = typeof augment === 'string' ? { path: augment, id: undefined } : augment;
  const probes = await load(options, [path]);
  const manifest = await manifestOf(probes, datasets);
  const teacher = teacherName(probes, manifest?.teacher);
  // a table that does not name its teacher is taken to have the one of the probes: the flag says so
  if (dataset.teacherModel !== null && !isSameTeacher(dataset.teacherModel, teacher))
    throw new PipelineError(
      'WRONG_TEACHER',
      `${path} was labelled by ${teacher ?? 'an unnamed teacher'} and the table by ${dataset.teacherModel}, expected one teacher: draw probes of that one with vqforge features probe`,
    );
  return { table: probes, id: id ?? manifest?.id ?? `table-${probes.contentDigest.slice(0, 12)}` };
}

function isSameTeacher(one: string, other: string | null): boolean {
  if (other === null) return false;
  return one === other || (teacherDigest(one) !== undefined && teacherDigest(one) === teacherDigest(other));
}

function load({ table, signal }: ProbeOptions, paths: readonly string[]): Promise<ProbeTable> {
  return loadProbeTable({
    paths,
    features: table.featureColumns,
    teacherColumn: table.teacherColumn,
    fileDigests: true,
    ...(signal ? { signal } : {}),
  });
}

/** The block `augmentation` that the documents of a run have when probes joined its training rows. */
export function describeProbes(
  { table: probes, id }: ChosenProbes,
  table: FeatureTable,
  recipe: Recipe,
): Augmentation {
  const ranges = probes.featureColumns.map((name) =>
    columnStatistics(probes.columns.get(name) as Float64Array),
  );
  return {
    dataset: id,
    dataset_digest: probes.contentDigest,
    n_rows: probes.rows,
    rows_left_out: trainingRows(trainingData(table, probes), null, recipe).leftOut,
    feature_min: ranges.map(({ min }) => min),
    feature_max: ranges.map(({ max }) => max),
  };
}
