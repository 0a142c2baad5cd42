import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RegressorSidecar } from '@vqforge/artifact';
import { loadFeatureTable } from '@vqforge/table';

/** Folders deeper than this below a search root are not looked into. */
const MAX_DEPTH = 6;

/**
 * Finds the feature table that a regressor was trained on, by content digest: every parquet file below the roots, and
 * every folder of several, until one matches.
 *
 * @returns what to give `--parquet`, or undefined
 */
export async function findTable(
  { training, teacher, feature_order }: RegressorSidecar,
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
      ...(signal ? { signal } : {}),
    }).catch(() => undefined);
    if (table?.contentDigest === training.dataset_digest) return candidate;
    signal?.throwIfAborted();
  }
  return undefined;
}

/** Files with names of that kind, in the order of names. Links are not followed; what cannot be read is not an input. */
export async function filesBelow(folder: string, names: RegExp, depth = 0): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const nested = await Promise.all(
    entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory() && depth < MAX_DEPTH) return filesBelow(path, names, depth + 1);
        return entry.isFile() && names.test(entry.name) ? [path] : [];
      }),
  );
  return nested.flat();
}
