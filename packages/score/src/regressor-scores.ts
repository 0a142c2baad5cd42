import type { FrRegressor } from '@vqforge/runtime';
import { ScoreError } from './errors.ts';
import type { FrameSelection } from './clip-request.ts';
import { metricNames, modelFacts, type FrameKey, type MetricColumns } from './metric-columns.ts';
import type { FeatureRows } from './regressor-features.ts';

/** The part of a selection that holds for rows of features too, by their frame numbers. */
type RowSelection = Pick<FrameSelection, 'count' | 'subsample'>;

/**
 * Scores of a regressor for the features of one or more renditions.
 *
 * @param wanted frames that another model scored, which the features must have; default: those of the selection
 * @throws ScoreError MISSING_FEATURES; RuntimeError of `FrRegressor.score`
 */
export async function scoreFeatures(
  regressor: FrRegressor,
  features: readonly FeatureRows[],
  {
    selection,
    wanted,
  }: { readonly selection: RowSelection; readonly wanted?: readonly FrameKey[] | undefined },
): Promise<MetricColumns> {
  const { model, featureOrder } = regressor;
  const names = metricNames(metricName(model.id ?? model.sidecar?.id ?? 'vmaf_tiny_model'), features.length);
  const columns = new Map<string, Float32Array>();
  const trust = new Map<string, Uint8Array>();
  let [clipped, outOfRange, beyondProbes] = [0, 0, 0];
  let frames = wanted;
  for (const [at, rows] of features.entries()) {
    const chosen = frames === undefined ? selectedRows(rows, selection) : rowsOf(rows, frames);
    frames ??= chosen.map((row) => rows.frames[row] as FrameKey);
    const scored = await regressor.score(valuesOf(rows, chosen, featureOrder.length));
    const name = names[at] as string;
    columns.set(name, scored.scores);
    trust.set(name, scored.trust);
    if (!regressor.isClippedByGraph) columns.set(`${name}_raw`, scored.raw);
    clipped += scored.clipped;
    outOfRange += scored.outOfRange;
    beyondProbes += scored.beyondProbes;
  }
  return {
    frames: frames ?? [],
    columns,
    trust,
    model: {
      ...modelFacts(model, [...columns.keys()]),
      ...(regressor.isClippedByGraph ? {} : { clipped_frames: clipped }),
      out_of_range_frames: outOfRange,
      beyond_probes_frames: beyondProbes,
    },
  };
}

/** An id is also the name of an XML attribute, which begins with no digit. */
function metricName(id: string): string {
  return /^\d/.test(id) ? `_${id}` : id;
}

function selectedRows(
  { path, frames }: FeatureRows,
  { count = Infinity, subsample }: RowSelection,
): number[] {
  const rows = [...frames.keys()].filter((row) => {
    const { frameNum } = frames[row] as FrameKey;
    return frameNum < count && frameNum % subsample === 0;
  });
  if (rows.length > 0) return rows;
  throw new ScoreError('NO_FRAMES', `${path} has features of none of the frames to score`);
}

/** Rows of the wanted frames, in their order. */
function rowsOf({ path, frames }: FeatureRows, wanted: readonly FrameKey[]): number[] {
  if (frames.some(({ source }) => source !== undefined))
    throw new ScoreError(
      'MISSING_FEATURES',
      `${path} is a table of many clips, expected a log of the one that is scored; score the table by itself`,
    );
  const rowOf = new Map(frames.map(({ frameNum }, row) => [frameNum, row]));
  return wanted.map(({ frameNum }) => {
    const row = rowOf.get(frameNum);
    if (row !== undefined) return row;
    throw new ScoreError(
      'MISSING_FEATURES',
      `${path} has no features of frame ${frameNum}, and has ${frames.length} frames; measure the same frames`,
    );
  });
}

function valuesOf({ values }: FeatureRows, rows: readonly number[], width: number): Float64Array {
  const chosen = new Float64Array(rows.length * width);
  for (const [at, row] of rows.entries())
    chosen.set(values.subarray(row * width, (row + 1) * width), at * width);
  return chosen;
}
