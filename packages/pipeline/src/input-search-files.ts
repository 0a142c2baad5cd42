import { dirname } from 'node:path';
import { recordedMap, type Augmentation, type RegressorSidecar } from '@vqforge/artifact';
import { loadFeatureTable, loadProbeTable, type LabelledRows } from '@vqforge/table';
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
  const load = (path: string): Promise<LabelledRows> =>
    loadFeatureTable({
      paths: [path],
      features: [...feature_order],
      teacherColumn: teacher.column,
      dropInvalid,
      map: recordedMap(run_provenance.args['column_map']),
      ...(signal ? { signal } : {}),
    });
  return findContent(training.dataset_digest, load, roots, signal);
}

/** Finds the teacher probes that joined the training of a regressor, by content digest, in the same way. */
export async function findProbes(
  { teacher, feature_order }: RegressorSidecar,
  { dataset_digest: digest }: Augmentation,
  roots: readonly string[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  const load = (path: string): Promise<LabelledRows> =>
    loadProbeTable({
      paths: [path],
      features: [...feature_order],
      teacherColumn: teacher.column,
      ...(signal ? { signal } : {}),
    });
  return findContent(digest, load, roots, signal);
}

async function findContent(
  digest: string,
  load: (path: string) => Promise<LabelledRows>,
  roots: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const files = (await Promise.all(roots.map((root) => filesBelow(root, /\.parquet$/)))).flat();
  const folders = files.map((file) => dirname(file)).filter((folder, i, all) => all.indexOf(folder) !== i);
  for (const candidate of [...files, ...new Set(folders)]) {
    const table = await load(candidate).catch(() => undefined);
    if (table?.contentDigest === digest) return candidate;
    signal?.throwIfAborted();
  }
  return undefined;
}
