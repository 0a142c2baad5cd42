import { foldOf, type ProbeData, type TrainingData } from './dataset.ts';
import type { Recipe } from './recipe.ts';

/** The bounds at which a teacher clips: without its unclipped score, the target of such a row is not known. */
const CLIP_BOUNDS = { min: 0, max: 100 } as const;

/** Training data of one fit: the rows of its training sources in table order, then the probes in theirs. */
export interface TrainingRows {
  /** One column per feature, float64 [rows]. */
  readonly features: readonly Float64Array[];
  readonly target: Float64Array;
  /** Rows of the table that are not among them although their source is, because their target is not known. */
  readonly leftOut: number;
}

/** A table, or the probes, with the target of each row. */
interface Part {
  readonly features: readonly Float64Array[];
  readonly target: Float64Array;
  readonly rows: Uint32Array;
}

/**
 * The training rows of a fold: never a row of the held-out source, and every probe.
 *
 * The target is the teacher's unclipped score where the recipe wants it and the table or the probes have it. Rows without one
 * that lie at a bound leave training then, since their target is only known to lie beyond it.
 *
 * @param heldOutSource null: all rows of the table
 * @throws TrainError FOLD_EMPTY
 */
export function trainingRows(
  data: TrainingData,
  heldOutSource: string | null,
  recipe: Pick<Recipe, 'unclipped'>,
): TrainingRows {
  const { trainRows } = foldOf(data.source, heldOutSource);
  const isUnclipped = takesUnclipped(data, recipe);
  const table = part(data, trainRows, isUnclipped);
  const { probes } = data;
  const probeParts = probes ? [part(probes, Uint32Array.from(probes.target.keys()), isUnclipped)] : [];
  const parts = [table, ...probeParts];
  return {
    features: data.features.map((_, column) =>
      gather(parts.map(({ features, rows }) => ({ values: features[column] as Float64Array, rows }))),
    ),
    target: gather(parts.map(({ target, rows }) => ({ values: target, rows }))),
    leftOut: trainRows.length - table.rows.length,
  };
}

/**
 * How many rows each fold of a table trains on, without gathering them: `trainingRows(data, source, recipe).target.length` for every
 * source in one pass.
 *
 * @returns the count for a source that is held out, or for null
 */
export function foldSizes(
  data: TrainingData,
  recipe: Pick<Recipe, 'unclipped'>,
): (heldOutSource: string | null) => number {
  const isUnclipped = takesUnclipped(data, recipe);
  const { codes, names } = data.source;
  const kept = keptRows(data, isUnclipped);
  const ofSource = new Map<string, number>();
  let all = 0;
  for (const [row, code] of codes.entries()) {
    if (!kept(row)) continue;
    const name = names[code] as string;
    ofSource.set(name, (ofSource.get(name) ?? 0) + 1);
    all++;
  }
  const { probes } = data;
  if (probes !== undefined) {
    const keptProbes = keptRows(probes, isUnclipped);
    for (const row of probes.target.keys()) if (keptProbes(row)) all++;
  }
  return (heldOutSource) => all - (heldOutSource === null ? 0 : (ofSource.get(heldOutSource) ?? 0));
}

function takesUnclipped({ unclipped, probes }: TrainingData, recipe: Pick<Recipe, 'unclipped'>): boolean {
  return recipe.unclipped && (unclipped !== undefined || probes?.unclipped !== undefined);
}

/** Whether a row's target is known: without the unclipped score, that of a row at a bound is not. */
function keptRows({ target, unclipped }: ProbeData, isUnclipped: boolean): (row: number) => boolean {
  if (!isUnclipped || unclipped !== undefined) return () => true;
  const { min, max } = CLIP_BOUNDS;
  return (row) => {
    const score = target[row] as number;
    return score > min && score < max;
  };
}

function part(data: ProbeData, rows: Uint32Array, isUnclipped: boolean): Part {
  const { features, target, unclipped } = data;
  if (!isUnclipped) return { features, target, rows };
  if (unclipped !== undefined) return { features, target: unclipped, rows };
  return { features, target, rows: rows.filter(keptRows(data, isUnclipped)) };
}

function gather(parts: readonly { values: Float64Array; rows: Uint32Array }[]): Float64Array {
  const gathered = new Float64Array(parts.reduce((sum, { rows }) => sum + rows.length, 0));
  let to = 0;
  for (const { values, rows } of parts) for (const row of rows) gathered[to++] = values[row] as number;
  return gathered;
}
