import type { DistanceSidecar, RegressorSidecar } from '@vqforge/artifact';
import { compactJson, GENERATOR } from '@vqforge/base';
import { REGRESSOR_PARITY_TOLERANCE } from '@vqforge/export';
import type { Report } from '@vqforge/registry';
import { VERSION } from '@vqforge/runtime';
import { FEATURE_SETS } from '@vqforge/table';
import { type Recipe, type RecipeName, recordedRecipe, resolveRecipe, TrainError } from '@vqforge/train';
import { upstreamUrl, weightSource } from '@vqforge/weights';
import type { TrainedTables } from './dataset-files.ts';
import type { Evidence } from './evidence.ts';

/** The command whose documents record every argument that can change a byte. */
const TRAIN_COMMAND = 'vqforge train fr-regressor';
const EXPORT_COMMAND = 'vqforge export lpips';
/** The id of a model for which the command is given none. */
const USUAL_ID = 'fr_regressor_v1';

/** A statement of a document beside what follows from others; undefined where nothing follows. */
type Claim = readonly [what: string, said: unknown, is: unknown];

/**
 * Checks what the provenance block of a regressor's sidecar repeats of the sidecar. A block of the training command has every argument; others
 * may leave some out.
 */
export function auditRegressorBlock(sidecar: RegressorSidecar, file: string, report: Report): void {
  const { training, run_provenance: block } = sidecar;
  const { args } = block;
  const isOurs = 'command' in block.entrypoint && block.entrypoint.command === TRAIN_COMMAND;
  const named = args['features'];
  const set =
    typeof named === 'string' && Object.hasOwn(FEATURE_SETS, named) ? FEATURE_SETS[named as 'A'] : undefined;
  compare(
    [
      ['inputs.table', block.inputs?.['table'], training.dataset_digest],
      ['inputs.probes', block.inputs?.['probes'], training.augmentation?.dataset_digest],
      ['outputs.onnx', block.outputs?.['onnx'], sidecar.sha256],
      ['args.recipe', args['recipe'], training.recipe.name],
      ['args.overrides', args['overrides'], training.recipe.overrides],
      ['args.seed', args['seed'], training.seed],
      ['args.engine', args['engine'], training.engine],
      ['args.random', args['random'], GENERATOR],
      ['args.ship_threshold', args['ship_threshold'], training.ship_threshold],
      ['args.teacher_column', args['teacher_column'], sidecar.teacher.column],
      ['args.drop_invalid', args['drop_invalid'], args['drop_invalid'] === true],
      [
        'args.features',
        set ?? named,
        set === undefined ? (named ?? 'a set of features') : sidecar.feature_order,
      ],
    ],
    isOurs,
    file,
    report,
  );
  // left out where they are the usual ones
  const { license = sidecar.license, id = USUAL_ID } = args;
  compare(
    [['args.license', license, sidecar.license], ...(isOurs ? [['args.id', id, sidecar.id] as const] : [])],
    true,
    file,
    report,
  );
}

/** The same for a model of LPIPS, whose heads may have been trained or given; published weights must be called what they are. */
export function auditDistanceBlock(sidecar: DistanceSidecar, file: string, report: Report): void {
  const { args, inputs, outputs, entrypoint } = sidecar.run_provenance;
  const isOurs = 'command' in entrypoint && entrypoint.command === EXPORT_COMMAND;
  compare(
    [
      ['inputs.trunk', inputs?.['trunk'], sidecar.weights['trunk']],
      ['heads', inputs?.['heads'] ?? outputs?.['heads'], sidecar.weights['heads']],
      ['outputs.onnx', outputs?.['onnx'], sidecar.sha256],
      ['args.net', args['net'], sidecar.network],
      ['args.version', args['version'], sidecar.lpips_version],
      ['args.opset', args['opset'], sidecar.opset],
      ['args.input', args['input'], sidecar.input_type],
      ['args.maps', args['maps'], sidecar.output_names.length > 1],
      ['args.baseline', args['baseline'], sidecar.weights['heads'] === undefined],
    ],
    isOurs,
    file,
    report,
  );
  for (const [role, source] of Object.entries(sidecar.weight_sources)) {
    const content = sidecar.weights[role] ?? '';
    if (upstreamUrl(content) === undefined) continue;
    const known = weightSource(role === 'heads' ? 'heads' : 'trunk', content);
    if (same(source, known)) continue;
    report('SIDECAR_DISAGREES', 'error', file, {
      expected: `weight_sources.${role} ${text(known)}, as these weights were published`,
      got: text(source),
      advice: 'export the model again',
    });
  }
}

function compare(claims: readonly Claim[], isComplete: boolean, file: string, report: Report): void {
  for (const [key, said, is] of claims) {
    if ((said === undefined && !isComplete) || same(said, is)) continue;
    report('PROVENANCE_DISAGREES', 'error', file, {
      expected: `run_provenance.${key} ${text(is)}, as elsewhere in the sidecar`,
      got: text(said),
      advice: 'train again',
    });
  }
}

/**
 * Checks what follows from the recipe that a sidecar names, in the sidecar and in the metrics of its run. A recipe of
 * another version of vqforge may have had other numbers, which is only a warning.
 */
export function auditRecipe(
  { training, clip, parity, run_provenance: { entrypoint } }: RegressorSidecar,
  file: string,
  evidence: Evidence | undefined,
  report: Report,
): Recipe | null {
  const metrics = evidence?.metrics;
  const differ = differences('EVIDENCE_DISAGREES', report);
  const isOurs = 'command' in entrypoint && entrypoint.command === TRAIN_COMMAND;
  if (!isOurs) return null;
  differ(file, [
    ['rows of the parity', parity.n, training.n_rows],
    ['tolerance of the parity', parity.tolerance, REGRESSOR_PARITY_TOLERANCE],
    ['a parity within its tolerance', parity.max_abs_error <= parity.tolerance, true],
  ]);
  const isThisVersion = entrypoint.version === VERSION;
  try {
    const recipe = recordedRecipe(training.recipe);
    const { choice } = resolveRecipe(training.recipe.name as RecipeName, recipe);
    const of = `of the recipe ${training.recipe.name}${isThisVersion ? '' : ` of version ${VERSION}`}`;
    const severity = isThisVersion ? 'error' : 'warning';
    differ(
      file,
      [
        [`overrides ${of}`, training.recipe.overrides, choice.overrides],
        [`epochs ${of}`, training.epochs, recipe.epochs],
        [`clip ${of}`, clip, recipe.unclipped ? 'graph' : 'runtime'],
      ],
      severity,
    );
    if (metrics !== undefined)
      differ(
        evidence!.path,
        [
          [`epochs ${of}`, metrics.epochs, recipe.epochs],
          [`batch size ${of}`, metrics.batch_size, recipe.batchSize],
          [`learning rate ${of}`, metrics.lr, recipe.learningRate],
          [`weight decay ${of}`, metrics.weight_decay, recipe.weightDecay],
        ],
        severity,
      );
    return recipe;
  } catch (error) {
    if (!(error instanceof TrainError)) throw error;
    differ(file, [['recipe', training.recipe, error.message]], isThisVersion ? 'error' : 'warning');
    return null;
  }
}

/** Checks what follows from the rows of training, in sidecar and metrics. */
export function auditTrainedRows(
  { training, teacher }: RegressorSidecar,
  file: string,
  { table, probes }: TrainedTables,
  recipe: Recipe,
  evidence: Evidence | undefined,
  report: Report,
): void {
  const differ = differences('DATASET_DISAGREES', report);
  const isUnclipped = recipe.unclipped && table.unclippedColumn !== undefined;
  differ(file, [
    [
      'target column',
      training.target_column ?? teacher.column,
      isUnclipped ? table.unclippedColumn : teacher.column,
    ],
  ]);
  const isCut = recipe.unclipped && !isUnclipped && probes?.unclippedColumn !== undefined;
  const scores = table.columns.get(table.teacherColumn) as Float64Array;
  const atBounds = isCut ? scores.filter((score) => score <= 0 || score >= 100).length : 0;
  if (training.augmentation !== undefined && probes !== null)
    differ(file, [['rows left out', training.augmentation.rows_left_out, atBounds]]);
  if (evidence === undefined) return;
  const { metrics, path } = evidence;
  differ(path, [
    ['dropped rows', metrics.dataset.dropped_rows, table.droppedRows],
    ['warnings', metrics.warnings, table.warnings.map(({ message }) => message)],
  ]);
}

function differences(
  code: 'EVIDENCE_DISAGREES' | 'DATASET_DISAGREES',
  report: Report,
): (file: string, claims: readonly Claim[], severity?: 'error' | 'warning') => void {
  return (file, claims, severity = 'error') => {
    for (const [what, said, is] of claims) {
      if (same(said, is)) continue;
      report(code, severity, file, {
        expected: `${what}: ${text(is)}`,
        got: text(said),
        advice: 'trust neither; run vqforge regenerate --check',
      });
    }
  };
}

function same(a: unknown, b: unknown): boolean {
  return text(a) === text(b);
}

function text(value: unknown): string {
  return value === undefined ? 'none' : typeof value === 'string' ? value : compactJson(value);
}
