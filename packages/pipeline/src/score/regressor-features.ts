import type { FrameKey } from './metric-columns.ts';

/** Rows of features in a model's order, and which frame each is of. */
export interface FeatureRows {
  /** Where they come from. */
  readonly path: string;
  /** [N, F], row by row. */
  readonly values: Float64Array;
  /** N of them. */
  readonly frames: readonly FrameKey[];
}

/**
 * Features from a libvmaf log (one clip) or from a feature table in parquet (all its rows, in canonical order).
 *
 * @throws TableError
 */
export function readFeatures(path: string, featureOrder: readonly string[]): Promise<FeatureRows> {
  return path.endsWith('.parquet') ? fromTable(path, featureOrder) : fromLog(path, featureOrder);
}

async function fromLog(path: string, featureOrder: readonly string[]): Promise<FeatureRows> {
  const { featuresOf, readVmafLog } = await import('@vqforge/table');
  const log = await readVmafLog(path);
  return {
    path,
    values: featuresOf(log, featureOrder),
    frames: Array.from(log.frames, (frameNum) => ({ frameNum })),
  };
}

async function fromTable(path: string, featureOrder: readonly string[]): Promise<FeatureRows> {
  const { loadFeatureTable } = await import('@vqforge/table');
  // scoring needs no teacher: the last feature stands in its place, and both are columns of the table
  const table = await loadFeatureTable({
    paths: [path],
    features: featureOrder.slice(0, -1),
    teacherColumn: featureOrder.at(-1) as string,
  });
  const { rows, source, disBasename, frameIndex } = table;
  const values = new Float64Array(rows * featureOrder.length);
  for (const [column, name] of featureOrder.entries()) {
    (table.columns.get(name) as Float64Array).forEach((value, row) => {
      values[row * featureOrder.length + column] = value;
    });
  }
  const frames = Array.from({ length: rows }, (_, row) => ({
    frameNum: frameIndex?.[row] ?? row,
    source: source.names[source.codes[row] as number] as string,
    ...(disBasename === undefined
      ? {}
      : { dis_basename: disBasename.names[disBasename.codes[row] as number] as string }),
  }));
  return { path, values, frames };
}
