import type { HeldOut } from '@vqforge/table';
import { quantile } from './numbers.ts';

/** How far predictions are from the teacher: prediction − teacher, in points of the teacher's scale. */
export interface ResidualSummary {
  /** Mean residual. */
  readonly bias: number;
  /** Quantiles, type 7. */
  readonly p5: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p95: number;
  readonly min: number;
  readonly max: number;
}

/** Scores of the teacher and of the model for some rows or clips, in the same order. */
export interface ScorePairs {
  readonly teacher: Float64Array;
  readonly prediction: Float64Array;
}

/** The rows of a source, in table order. */
export interface Group extends ScorePairs {
  readonly name: string;
  readonly residuals: ResidualSummary;
}

/** A clip with the means of its frames. */
export interface Clip {
  readonly name: string;
  readonly source: string;
  readonly rows: number;
  readonly teacher: number;
  readonly prediction: number;
  /** Over its frames. */
  readonly rmse: number;
}

/** Mean (bias), percentiles, least and greatest of the residuals, which are prediction minus teacher. NaN of no rows. */
export function residualSummary(teacher: Float64Array, prediction: Float64Array): ResidualSummary {
  const residuals = prediction.map((value, row) => value - (teacher[row] as number));
  const bias = residuals.reduce((sum, value) => sum + value, 0) / residuals.length;
  residuals.sort();
  const at = (fraction: number): number => quantile(residuals, fraction);
  return {
    bias,
    p5: at(0.05),
    p25: at(0.25),
    median: at(0.5),
    p75: at(0.75),
    p95: at(0.95),
    min: at(0),
    max: at(1),
  };
}

/** The rows of each source, in the order of their names. */
export function sourceGroups({ source, teacher, prediction }: HeldOut): Group[] {
  const groups = [...rowsBy(teacher.length, (row) => source.codes[row] as number)];
  return groups.map(([code, rows]) => {
    const of = (values: Float64Array): Float64Array =>
      Float64Array.from(rows, (row) => values[row] as number);
    const [t, p] = [of(teacher), of(prediction)];
    return {
      name: source.names[code] as string,
      teacher: t,
      prediction: p,
      residuals: residualSummary(t, p),
    };
  });
}

/** The clips of a table that names them, by source and name; a name in two sources is two clips. */
export function clipsOf({ source, clip, teacher, prediction }: HeldOut): Clip[] {
  if (clip === undefined) return [];
  const clips = clip.names.length;
  const pair = (row: number): number => (source.codes[row] as number) * clips + (clip.codes[row] as number);
  return [...rowsBy(teacher.length, pair)].map(([code, rows]) => {
    const mean = (value: (row: number) => number): number =>
      rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
    const error = (row: number): number => (prediction[row] as number) - (teacher[row] as number);
    return {
      name: clip.names[code % clips] as string,
      source: source.names[Math.floor(code / clips)] as string,
      rows: rows.length,
      teacher: mean((row) => teacher[row] as number),
      prediction: mean((row) => prediction[row] as number),
      rmse: Math.sqrt(mean((row) => error(row) * error(row))),
    };
  });
}

/** The means of clips: what remains when frames are pooled. */
export function clipMeans(clips: readonly Clip[]): ScorePairs {
  return {
    teacher: Float64Array.from(clips, ({ teacher }) => teacher),
    prediction: Float64Array.from(clips, ({ prediction }) => prediction),
  };
}

/** Row numbers by key; tables are sorted, so the keys come in order. */
function rowsBy(rows: number, key: (row: number) => number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
