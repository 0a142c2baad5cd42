import { resolve } from 'node:path';
import { isPortablePath, type MetricsDocument, recordedMap } from '@vqforge/artifact';
import { CodedError } from '@vqforge/base';
import { loadFeatureTable } from '@vqforge/table';
import type { FeatureColumns } from './regressor-run.ts';

/**
 * The features of the rows that a run held out, in the order of its predictions: from the files that its metrics name, as long as
 * they hold the table that it was trained on.
 *
 * @param root of the workspace, to which the paths of the metrics are relative
 * @returns undefined where the table is not there any more, or is another one by now
 */
export async function readFeatureColumns(
  { run_provenance: { inputs, args }, feature_cols: names, dataset }: MetricsDocument,
  root: string,
  signal: AbortSignal | undefined,
): Promise<FeatureColumns | undefined> {
  const files = [inputs?.['parquet'] ?? []].flat();
  const paths = files.flatMap((file) =>
    typeof file === 'object' && file !== null && 'path' in file && isPortablePath(file.path)
      ? [resolve(root, file.path)]
      : [],
  );
  if (paths.length === 0 || paths.length < files.length) return undefined;
  const teacher = args['teacher_column'];
  try {
    const table = await loadFeatureTable({
      paths,
      features: names,
      teacherColumn: typeof teacher === 'string' ? teacher : 'vmaf',
      dropInvalid: args['drop_invalid'] === true,
      map: recordedMap(args['column_map']),
      signal,
    });
    if (table.contentDigest !== dataset.content_digest) return undefined;
    return new Map(names.map((name) => [name, table.columns.get(name) as Float64Array]));
  } catch (error) {
    if (error instanceof CodedError && error.code !== 'ABORTED') return undefined;
    throw error;
  }
}
