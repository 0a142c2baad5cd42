import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { CodedError, parseJson } from '@vqforge/base';
import { MAX_DOCUMENT_BYTES, readIfPresent } from './document-files.ts';

/** Names of the files that a run writes beside its metrics. */
export const EVIDENCE = ['environment.json', 'checkpoint.json', 'predictions.parquet'] as const;

/** The other files of a run, beside its metrics: `metrics.json` → `environment.json`, `x.json` → `x.environment.json`. */
export function besideMetrics(metrics: string, file: (typeof EVIDENCE)[number] | 'report.html'): string {
  const stem = basename(metrics).replace(/\.json$/, '');
  return join(dirname(metrics), stem === 'metrics' ? file : `${stem}.${file}`);
}

/** Device and inode of a file, which links share; undefined where there is none. */
export async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    // what is not there is not overwritten; why it cannot be read is said by the job that reads it
    return undefined;
  }
}

/** A file that belongs to the evidence of a run. */
interface Evidence {
  readonly folder: string;
  /** The metrics that it belongs to. */
  readonly metrics: string;
}

/** Evidence by identity: in folders that hold outputs, and in the folders of runs. */
export async function evidenceFiles(
  runs: readonly string[],
  outputFolders: readonly string[],
): Promise<Map<string, Evidence>> {
  const folders = new Set(outputFolders);
  for (const folder of runs)
    for (const name of await readdir(folder).catch(() => [])) folders.add(join(folder, name));
  const found = new Map<string, Evidence>();
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      // `metrics.json`, or another name whose checkpoint or environment lies beside it
      if (!name.endsWith('.json')) continue;
      const metrics = join(folder, name);
      const beside = EVIDENCE.map((file) => besideMetrics(metrics, file));
      const identities = await Promise.all(beside.map(identityOf));
      if (basename(metrics) !== 'metrics.json' && identities.every((identity) => identity === undefined))
        continue;
      for (const identity of [await identityOf(metrics), ...identities])
        if (identity !== undefined) found.set(identity, { folder, metrics });
    }
  }
  return found;
}

/**
 * Whether a job may replace evidence by its own. The evidence of a run that published a model stays with that model: only a
 * job that publishes the same file replaces it. What a run left that published nothing is free.
 *
 * @param onnx files that the job publishes
 */
export async function isReplaceable({ metrics }: Evidence, onnx: readonly string[]): Promise<boolean> {
  const published = await publishedFile(metrics);
  if (published === undefined) return true;
  const ending = published === null ? '' : `${sep}${published.split('/').join(sep)}`;
  return onnx.some((path) => resolve(path).endsWith(ending));
}

/** The ONNX file that a run published, as its metrics name it: null where they tell only its digest, undefined for none. */
async function publishedFile(metrics: string): Promise<string | null | undefined> {
  const onnx = (await readMetrics(metrics))?.run_provenance?.outputs?.onnx;
  if (typeof onnx === 'object' && typeof onnx?.path === 'string') return onnx.path;
  return typeof onnx === 'string' ? null : undefined;
}

/** The part of a run's metrics that is read here. */
interface PublishedMetrics {
  readonly run_provenance?: {
    readonly outputs?: { readonly onnx?: string | { readonly path?: unknown } | null } | null;
  } | null;
}

/** Null for what is no document: it says nothing of a model. */
async function readMetrics(path: string): Promise<PublishedMetrics | null> {
  try {
    const bytes = (await readIfPresent(path, MAX_DOCUMENT_BYTES)) ?? 'null';
    return parseJson(bytes, { maxBytes: MAX_DOCUMENT_BYTES }, path) as PublishedMetrics | null;
  } catch (error) {
    if (error instanceof CodedError) return null;
    throw error;
  }
}
