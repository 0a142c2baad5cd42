import type { RegressorSidecar } from '@vqforge/artifact';
import { recordedRecipe, RECIPES, type RecipeName } from '@vqforge/train';
import { PipelineError } from './errors.ts';
import { findProbes, findTable } from './input-search-files.ts';
import type { MissingInput } from './regenerate.ts';

/** The table and probes that a pinned regressor was trained on, found again. */
interface RecordedInputs {
  /** What to give `--parquet`. */
  readonly table: string;
  /** Undefined where it was trained without teacher probes. */
  readonly probes: { readonly path: string; readonly id: string } | undefined;
  readonly recipe: RecipeName;
  readonly dropInvalid: boolean;
}

/**
 * Finds the table and the probes that a regressor's sidecar names, by content digest, below some folders.
 *
 * @throws PipelineError NOT_REPRODUCIBLE for a model of the native engine, whose bits depend on the CPU, or of a recipe that this
 * version does not have, or has with another number of epochs
 */
export async function recordedInputs(
  sidecar: RegressorSidecar,
  from: readonly string[],
  signal: AbortSignal | undefined,
): Promise<RecordedInputs | { readonly missing: MissingInput[] }> {
  const { training, run_provenance: provenance } = sidecar;
  const { augmentation, recipe } = training;
  if (training.engine !== 'wasm')
    throw new PipelineError(
      'NOT_REPRODUCIBLE',
      `${sidecar.id} was trained by the ${training.engine} engine, whose bits depend on the CPU; only a wasm model can be trained again`,
    );
  if (!isRecipe(recipe.name))
    throw new PipelineError(
      'NOT_REPRODUCIBLE',
      `${sidecar.id} was trained by recipe ${recipe.name}, which this version does not have`,
    );
  const { epochs } = recordedRecipe(recipe);
  if (epochs !== training.epochs)
    throw new PipelineError(
      'NOT_REPRODUCIBLE',
      `${sidecar.id} was trained for ${training.epochs} epochs by recipe ${recipe.name}, which takes ${epochs} in this version; ` +
        'rebuild it with the version that its run_provenance names',
    );
  const dropInvalid = provenance.args['drop_invalid'] === true;
  const table = await findTable(sidecar, dropInvalid, from, signal);
  if (table === undefined)
    return { missing: [{ role: `feature table ${training.dataset}`, digest: training.dataset_digest }] };
  const found = { table, recipe: recipe.name, dropInvalid };
  if (augmentation === undefined) return { ...found, probes: undefined };
  const { dataset: id, dataset_digest: digest } = augmentation;
  const path = await findProbes(sidecar, augmentation, from, signal);
  if (path === undefined) return { missing: [{ role: `teacher probes ${id}`, digest }] };
  return { ...found, probes: { path, id } };
}

function isRecipe(name: string): name is RecipeName {
  return Object.hasOwn(RECIPES, name);
}
