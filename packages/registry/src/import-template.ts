import type { Sidecar } from '@vqforge/artifact';
import { canonicalJson } from '@vqforge/base';
import { decodeModel } from '@vqforge/onnx';
import { readImportSource, type ImportOptions } from './import-model.ts';
import { importedBytes, ownSidecar, PLACEHOLDER, statedFacts } from './imported-sidecar.ts';
import { modelInterface } from './model-interface.ts';
import { locateRegistry, readConsistently } from './snapshot-files.ts';

/** Fields of a sidecar that neither graph nor registry state, with a text in the place of what only people know. */
const FACTS: Readonly<Record<Sidecar['task'], Readonly<Record<string, unknown>>>> = {
  feature_regression: {
    notes: ask('what the model is for, at most 512 characters'),
    license: ask('SPDX expression, or NOASSERTION'),
    output_range: { min: ask('lowest score, a number'), max: ask('highest score, a number') },
    input_standardised_by: ask('caller or graph'),
    feature_order: ask('list of names, in the order of the input'),
    feature_mean: ask('list of numbers, one per feature'),
    feature_std: ask('list of numbers above 0, one per feature'),
    feature_min: ask('list of numbers: least value seen in training'),
    feature_max: ask('list of numbers: greatest value seen in training'),
    teacher: {
      column: ask('column of the scores that it learned'),
      model: ask('name of the teacher, or null'),
    },
    training: {
      dataset: ask('name of the table'),
      dataset_digest: ask('sha256 of its content'),
      n_rows: ask('number'),
      n_sources: ask('number'),
      n_pairs: ask('number'),
      recipe: { name: ask('name of the recipe'), overrides: {} },
      engine: ask('wasm or native'),
      seed: ask('number'),
      epochs: ask('number'),
      ship_threshold: ask('number'),
      loso_mean_plcc: ask('number'),
      loso_std_plcc: ask('number'),
      loso_mean_srocc: ask('number'),
      loso_mean_rmse: ask('number'),
      in_sample_plcc: ask('number'),
    },
    parity: parityFacts('rows'),
  },
  perceptual_distance: {
    notes: ask('what the model is for, at most 512 characters'),
    license: ask('SPDX expression, or NOASSERTION'),
    output_range: { min: 0, max: null },
    input_standardised_by: ask('caller or graph'),
    network: ask('squeeze, alex or vgg'),
    lpips_version: ask('0.1 or 0.0'),
    epsilon: ask('number'),
    minimum_side: ask('least height and width, a number'),
    input_type: ask('float32 or uint8'),
    input_range: { min: ask('number'), max: ask('number') },
    channel_mean: ask('list of 3 numbers'),
    channel_std: ask('list of 3 numbers'),
    weights: { trunk: ask('sha256 of the content of its tensors') },
    weight_sources: {
      trunk: { name: ask('where they are from'), license: ask('SPDX expression, or NOASSERTION') },
    },
    parity: parityFacts('pairs'),
  },
};

function parityFacts(unit: 'rows' | 'pairs'): object {
  return {
    engine: 'wasm',
    max_abs_error: ask('number: exported file against what it was made of'),
    tolerance: ask('number'),
    unit,
    n: ask('number'),
  };
}

function ask(what: string): string {
  return `${PLACEHOLDER}${what}`;
}

/**
 * The facts that an import still wants, as a JSON text to be filled in and given with `--sidecar`: each value that only people
 * know is a text that begins with `?: ` and says what belongs there. What the source states is left out; an empty object means
 * that the import wants nothing.
 *
 * @throws RegistryError REFUSED_IMPORT where the source does not verify; UNKNOWN_ID | MISSING_REGISTRY | BAD_REGISTRY
 */
export async function importTemplate(
  options: Pick<ImportOptions, 'from' | 'id' | 'inlineExternalData' | 'signature'>,
): Promise<string> {
  const source = await readConsistently(await locateRegistry(options.from), (view) =>
    readImportSource(view, options),
  );
  const { entry, sidecar } = source;
  if (ownSidecar(sidecar) !== null) return canonicalJson({});
  const stated = statedFacts(entry, sidecar);
  const { inputs } = modelInterface(decodeModel(importedBytes(source)));
  const task = inputs.length === 2 ? 'perceptual_distance' : 'feature_regression';
  const wanted = Object.entries(FACTS[task]).filter(([key]) => stated[key] === undefined);
  return `${JSON.stringify({ task, ...Object.fromEntries(wanted) }, null, 2)}\n`;
}
