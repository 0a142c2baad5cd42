import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EvaluationDocument, HeadsMetricsDocument } from '@vqforge/artifact';
import { classicMetric, evaluate, writeMiniBapps, type BappsMode } from '@vqforge/bapps';

/** A small drawn dataset. */
export async function writeDataset(out: string): Promise<string> {
  await writeMiniBapps({ out, count: 6, seed: 0 });
  return out;
}

/** L2 on that dataset, as `vqforge evaluate --output` writes it. */
export async function writeEvaluation(
  dataset: string,
  mode: BappsMode,
  path: string,
): Promise<EvaluationDocument> {
  const metric = classicMetric({ name: 'l2', colorspace: 'Lab', bugCompatible: false });
  const bootstrap = { resamples: 100, seed: 0 };
  const evaluation = await evaluate({ dataset, mode, metric, batchSize: 10, bootstrap });
  await writeJson(path, evaluation);
  return evaluation;
}

export async function writeJson(path: string, document: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(document, null, 2)}\n`);
}

/** A training of heads on two whole sets of BAPPS. */
export function headsMetrics(change: Partial<HeadsMetricsDocument> = {}): HeadsMetricsDocument {
  const scores = (traditional: number, cnn: number): HeadsMetricsDocument['validation']['trained'] => {
    const around = (score: number): { score: number; low: number; high: number } => ({
      score,
      low: score - 0.01,
      high: score + 0.01,
    });
    return {
      sets: [
        { set: 'val/traditional', triplets: 4720, ...around(traditional) },
        { set: 'val/cnn', triplets: 4720, ...around(cnn) },
      ],
      mean: around((traditional + cnn) / 2),
    };
  };
  const part = {
    content_digest: 'ab'.repeat(32),
    n_triplets: 9440,
    skipped: 0,
    sets: [{ set: 'val/cnn', triplets: 9440 }],
  };
  return {
    schema: 'vqforge-lpips-training-v1',
    task: 'lpips_heads',
    id: 'my_lpips_v1',
    network: 'squeeze',
    lpips_version: '0.1',
    epochs: [1, 2, 3].map((epoch) => ({
      epoch,
      loss: 0.6 / epoch,
      accuracy: 0.6 + epoch / 50,
      validation_accuracy: 0.62 + epoch / 50,
    })),
    seed: 0,
    engine: 'wasm',
    reproducible: true,
    dataset: { train: part, validation: part },
    validation: {
      baseline: scores(0.733, 0.826),
      given: scores(0.761, 0.835),
      start: scores(0.5, 0.51),
      trained: scores(0.7654321, 0.834),
    },
    gate: {
      passed: true,
      reasons: [],
      against: 'heads',
      difference: { score: 0.002, low: -0.001, high: 0.005 },
    },
    heads_digest: 'cd'.repeat(32),
    shipped: false,
    parity: null,
    statistics_parity: null,
    artifacts: null,
    run_provenance: {
      schema: 'ai-run-provenance-v1',
      entrypoint: { command: 'vqforge train lpips', package: '@vqforge/cli', version: '0.1.0' },
      args: {},
    },
    ...change,
  };
}
