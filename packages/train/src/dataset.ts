import { defined } from '@vqforge/base';
import { TrainError } from './errors.ts';

/** A table as training sees it. Columns lie in shared memory, so worker threads read them without a copy. */
export interface TrainingData {
  /** One column per feature, in the model's feature order, float64 [rows]. */
  readonly features: readonly Float64Array[];
  /** Teacher scores, float64 [rows]. */
  readonly target: Float64Array;
  /** Teacher scores before they were clipped, float64 [rows], where the table has them. */
  readonly unclipped?: Float64Array;
  readonly source: SourceColumn;
  /** Rows that join every training set and no test set; default: none. */
  readonly probes?: ProbeData;
}

/** Teacher probes as training sees them; they have no source. */
export interface ProbeData {
  /** Feature columns of the probes, in the table's order: float64 [probes] each. */
  readonly features: readonly Float64Array[];
  readonly target: Float64Array;
  readonly unclipped?: Float64Array;
}

/** The source of each row as an index into `names`. */
export interface SourceColumn {
  readonly codes: Uint32Array;
  readonly names: readonly string[];
}

/** The same data in shared memory; what is shared already is not copied. */
export function shareData({ source, probes, ...rows }: TrainingData): TrainingData {
  return {
    ...shareRows(rows),
    source: { codes: share(source.codes), names: source.names },
    ...defined({ probes: probes && shareRows(probes) }),
  };
}

function shareRows({ features, target, unclipped }: ProbeData): ProbeData {
  return {
    features: features.map(share),
    target: share(target),
    ...defined({ unclipped: unclipped && share(unclipped) }),
  };
}

function share<T extends Float64Array | Uint32Array>(values: T): T {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const memory = new SharedArrayBuffer(values.byteLength);
  const shared = values instanceof Float64Array ? new Float64Array(memory) : new Uint32Array(memory);
  shared.set(values);
  return shared as T;
}

/**
 * The sources that leave-one-source-out holds out, each once, in sorted order.
 * @throws TrainError TOO_FEW_SOURCES below two; BAD_SOURCE_NAME for a source called `__proto__`
 */
export function heldOutSources({ codes, names }: SourceColumn): string[] {
  const present = new Set<number>();
  for (const code of codes) present.add(code);
  if (present.size < 2)
    throw new TrainError(
      'TOO_FEW_SOURCES',
      `leave-one-source-out needs at least 2 sources, the table has ${present.size}`,
    );
  const sources = [...present].map((code) => names[code] as string).sort((a, b) => (a < b ? -1 : 1));
  // documents of a run are keyed by source, and no reader takes this key
  if (sources.includes('__proto__'))
    throw new TrainError(
      'BAD_SOURCE_NAME',
      'a source is called "__proto__", which no JSON document can be keyed by; rename it',
    );
  return sources;
}

/** Row indices of one fold: disjoint, together all rows, each side in table order. */
interface Fold {
  readonly trainRows: Uint32Array;
  readonly testRows: Uint32Array;
}

/**
 * Holds out one source; `null` holds out nothing: train and test on every row.
 * @throws TrainError FOLD_EMPTY when a side has no rows
 */
export function foldOf({ codes, names }: SourceColumn, heldOutSource: string | null): Fold {
  if (heldOutSource === null) {
    const rows = Uint32Array.from(codes.keys());
    return { trainRows: rows, testRows: rows };
  }
  const heldOut = names.indexOf(heldOutSource);
  let held = 0;
  for (const code of codes) if (code === heldOut) held++;
  if (held === 0 || held === codes.length)
    throw new TrainError(
      'FOLD_EMPTY',
      `fold ${heldOutSource} has ${held} test rows and ${codes.length - held} training rows, both need at least 1`,
    );
  const testRows = new Uint32Array(held);
  const trainRows = new Uint32Array(codes.length - held);
  let test = 0;
  let train = 0;
  for (let row = 0; row < codes.length; row++) {
    if (codes[row] === heldOut) testRows[test++] = row;
    else trainRows[train++] = row;
  }
  return { trainRows, testRows };
}
