import { dirname } from 'node:path';
import { recordedMap, type RegressorSidecar } from '@vqforge/artifact';
import { loadFeatureTable } from '@vqforge/table';
import { filesBelow } from '@vqforge/base/node';

/**
 * Finds the feature table that a regressor was trained on, by content digest: every parquet file below the roots, and
 * every folder of several, until one matches.
 *
 * @returns what to give `--parquet`, or undefined
 */
export async function findTable(
  { training, teacher, feature_order, run_provenance }: RegressorSidecar,
  dropInvalid: boolean,
  roots: readonly string[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  const files = (await Promise.all(roots.map((root) => filesBelow(root, /\.parquet$/)))).flat();
  const folders = files.map((file) => dirname(file)).filter((folder, i, all) => all.indexOf(folder) !== i);
  for (const candidate of [...files, ...new Set(folders)]) {
    const table = await loadFeatureTable({
      paths: [candidate],
      features: [...feature_order],
      teacherColumn: teacher.column,
      dropInvalid,
      map: recordedMap(run_provenance.args['column_map']),
      ...(signal ? { signal } : {}),
    }).catch(() => undefined);
    if (table?.contentDigest === training.dataset_digest) return candidate;
    signal?.throwIfAborted();
  }
  return undefined;
}
