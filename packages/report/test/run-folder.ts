import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatMetrics, type MetricsDocument } from '@vqforge/artifact';
import { encodeFeatureTable } from '@vqforge/table';
import { agreement, shipGate, summarise } from '@vqforge/train';

/** Held-out rows of a run: scores from 15 to 100 and what a model might have answered. */
export interface Rows {
  readonly source: string;
  readonly clip: string;
  readonly teacher: number;
  readonly prediction: number;
}

/** `sources` with three clips of twenty frames each; errors grow with the number of the source. */
export function heldOutRows(sources: readonly string[]): Rows[] {
  return sources.flatMap((source, i) =>
    Array.from({ length: 60 }, (_, row) => {
      const teacher = Math.min(100, 15 + ((row * 37) % 60) * 1.5);
      const error = (((row * 31) % 17) - 8) * 0.02 * (i + 1);
      return { source, clip: `${source}_${row % 3}.y4m`, teacher, prediction: Math.fround(teacher + error) };
    }),
  );
}

/** What a training would have written about such rows. */
export function metricsOf(rows: readonly Rows[], threshold = 0.95): MetricsDocument {
  const names = [...new Set(rows.map(({ source }) => source))];
  const perFold = new Map(
    names.map((name) => {
      const fold = rows.filter(({ source }) => source === name);
      return [
        name,
        agreement(
          fold.map(({ prediction }) => prediction),
          fold.map(({ teacher }) => teacher),
        ),
      ];
    }),
  );
  const verdict = shipGate(perFold, names, threshold);
  return {
    feature_subset: 'custom',
    feature_cols: ['adm2', 'motion2'],
    loso: { per_fold: Object.fromEntries(perFold), summary: summarise(perFold) },
    in_sample: null,
    ship_threshold: threshold,
    shipped: false,
    epochs: 10,
    batch_size: 256,
    lr: 0.03,
    weight_decay: 0.01,
    seed: 0,
    recipe: { name: 'standard', overrides: { epochs: 10 } },
    engine: 'wasm',
    reproducible: true,
    expected_folds: names,
    gate: { passed: verdict.ship, reasons: verdict.reasons },
    dataset: {
      id: 'small',
      content_digest: '0'.repeat(64),
      n_rows: rows.length,
      n_sources: names.length,
      n_pairs: 3 * names.length,
      dropped_rows: 0,
    },
    warnings: [],
    parity: null,
    artifacts: null,
    run_provenance: {
      schema: 'ai-run-provenance-v1',
      entrypoint: { command: 'vqforge train fr-regressor', package: '@vqforge/cli', version: '0.1.0' },
      argv: ['train', '--no-export'],
      args: {},
      inputs: { table: '0'.repeat(64) },
    },
  };
}

/** `runs/<id>` of a repository root with metrics and predictions. */
export async function writeRun(
  root: string,
  id: string,
  metrics: MetricsDocument,
  rows?: readonly Rows[],
): Promise<string> {
  const folder = join(root, 'runs', id);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'metrics.json'), formatMetrics(metrics));
  if (rows !== undefined) await writeFile(join(folder, 'predictions.parquet'), await parquet(rows));
  return folder;
}

export function parquet(rows: readonly Rows[]): Promise<Uint8Array> {
  return encodeFeatureTable({
    batches: [
      [
        { name: 'source', type: 'string', values: rows.map(({ source }) => source) },
        { name: 'dis_basename', type: 'string', values: rows.map(({ clip }) => clip) },
        { name: 'frame_index', type: 'uint32', values: Uint32Array.from(rows.keys()) },
        { name: 'teacher', type: 'float64', values: rows.map(({ teacher }) => teacher) },
        { name: 'prediction', type: 'float32', values: rows.map(({ prediction }) => prediction) },
      ],
    ],
  });
}
