import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ReportError } from './errors.ts';

/** The metrics of a run: a file, a folder with metrics.json, or the name of a run. @throws ReportError UNREADABLE */
export async function findMetrics(run: string, runs: string): Promise<string> {
  const candidates = [run, join(run, 'metrics.json'), join(runs, run, 'metrics.json')].map((path) =>
    resolve(path),
  );
  for (const path of candidates) if (await isFile(path)) return path;
  throw new ReportError(
    'UNREADABLE',
    `${run} is no run: expected a metrics file, a folder with metrics.json, or the name of a folder in ${runs}`,
  );
}

/** The folder's name, or that of a metrics file that is called otherwise. */
export function runName(metricsFile: string): string {
  const name = basename(metricsFile, '.json');
  return name === 'metrics' ? basename(dirname(metricsFile)) : name;
}

/** Whether there is a regular file; false where nothing can be seen. */
export function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
