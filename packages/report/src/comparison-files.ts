import { parseMetrics, MAX_METRICS_BYTES } from '@vqforge/artifact';
import { readIfPresent } from '@vqforge/artifact/node';
import { BOOTSTRAP, type Bootstrap } from '@vqforge/bapps';
import { compareRuns, type Comparison, type NamedRun } from './comparison.ts';
import { findMetrics, runName } from './run-search-files.ts';

export interface CompareOptions {
  /** Runs' folders, metrics files, or names in `runs`; the first is what the others are held against. */
  readonly names: readonly string[];
  /** Folder with one folder per run. */
  readonly runs: string;
  readonly bootstrap?: Bootstrap;
}

/**
 * Reads runs and compares them.
 * @throws ReportError UNREADABLE | NOT_COMPARABLE; ArtifactError on metrics that are not those of a regressor
 * @returns the comparison, and the files that it was made of
 */
export async function readComparison({
  names,
  runs,
  bootstrap = BOOTSTRAP,
}: CompareOptions): Promise<{ comparison: Comparison; files: string[] }> {
  const read: NamedRun[] = [];
  const files: string[] = [];
  for (const given of names) {
    const path = await findMetrics(given, runs);
    const bytes = (await readIfPresent(path, MAX_METRICS_BYTES)) ?? new Uint8Array();
    read.push({ name: distinct(runName(path), read), metrics: parseMetrics(bytes) });
    files.push(path);
  }
  return { comparison: compareRuns(read, bootstrap), files };
}

/** Two runs of the same name, from different folders. */
function distinct(name: string, others: readonly NamedRun[]): string {
  const same = others.filter((other) => other.name.replace(/ \(\d+\)$/, '') === name).length;
  return same === 0 ? name : `${name} (${same + 1})`;
}
