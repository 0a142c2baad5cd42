import { basename, dirname, join } from 'node:path';

/** Names of the files that a run writes beside its metrics. */
export const EVIDENCE = ['environment.json', 'checkpoint.json', 'predictions.parquet'] as const;

/** The other files of a run, beside its metrics: `metrics.json` → `environment.json`, `x.json` → `x.environment.json`. */
export function besideMetrics(metrics: string, file: (typeof EVIDENCE)[number] | 'report.html'): string {
  const stem = basename(metrics).replace(/\.json$/, '');
  return join(dirname(metrics), stem === 'metrics' ? file : `${stem}.${file}`);
}
