import { defined } from '@vqforge/base';
import { encodeFeatureTable, type ColumnData } from './table-file.ts';
import { loadFeatureTable } from './load.ts';
import type { FeatureTable } from './feature-table.ts';

/** Every row of a run's table as leave-one-source-out scored it: `runs/<id>/predictions.parquet`. */
const COLUMN = { teacher: 'teacher', prediction: 'prediction' } as const;

/** A parquet file of key, teacher and prediction, in table order; the same predictions give the same bytes. */
export async function predictionBytes(table: FeatureTable, predictions: Float32Array): Promise<Uint8Array> {
  const { source, disBasename, frameIndex } = table;
  const names = (name: string, column: FeatureTable['source']): ColumnData => ({
    name,
    type: 'string',
    values: Array.from(column.codes, (code) => column.names[code] as string),
  });
  const columns: ColumnData[] = [
    names('source', source),
    ...(disBasename ? [names('dis_basename', disBasename)] : []),
    ...(frameIndex ? [{ name: 'frame_index', type: 'uint32', values: frameIndex } as const] : []),
    { name: COLUMN.teacher, type: 'float64', values: table.columns.get(table.teacherColumn) as Float64Array },
    { name: COLUMN.prediction, type: 'float32', values: predictions },
  ];
  return encodeFeatureTable({ batches: [columns] });
}

/** Held-out predictions beside the teacher, [rows], with the clip of each row where the table names clips. */
export interface HeldOut {
  readonly source: FeatureTable['source'];
  readonly clip: FeatureTable['source'] | undefined;
  /** Number of the frame in its clip, where the table has it. */
  readonly frame: Uint32Array | undefined;
  /** VMAF points. */
  readonly teacher: Float64Array;
  /** VMAF points, unclipped. */
  readonly prediction: Float64Array;
}

/**
 * Predictions of held-out rows, as a run leaves them.
 *
 * @throws TableError
 */
export async function readPredictions(path: string, signal?: AbortSignal): Promise<HeldOut> {
  const table = await loadFeatureTable({
    paths: [path],
    features: [COLUMN.prediction],
    teacherColumn: COLUMN.teacher,
    ...defined({ signal }),
  });
  return {
    source: table.source,
    clip: table.disBasename,
    frame: table.frameIndex,
    teacher: table.columns.get(COLUMN.teacher) as Float64Array,
    prediction: table.columns.get(COLUMN.prediction) as Float64Array,
  };
}
