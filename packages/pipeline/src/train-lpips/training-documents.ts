import { canonicalJson, type EngineName, type Json, type Parity } from '@vqforge/artifact';
import type { LpipsNet, LpipsVersion } from '@vqforge/export';
import type { HeadsVerdict, Reference } from './heads-gate.ts';
import type { EpochRecord } from './progress-file.ts';
import type { SetStatistics } from './statistics-pass.ts';
import type { StatisticsParity } from './exported-distances.ts';
import { byteArguments, choiceOf, type TrainLpipsOptions } from './training-request.ts';
import type { HeadsScores, ScoredSet } from './validation.ts';

/** Everything that the evidence of a training is made of. */
export interface TrainingFacts {
  readonly options: TrainLpipsOptions;
  /** Content digests by role: trunk, train, validation, and the heads that there were. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly train: SetStatistics;
  readonly validation: SetStatistics;
  readonly epochs: readonly EpochRecord[];
  readonly scores: TrainingScores;
  readonly against: Reference;
  /** Of the trained heads to those they are held against. */
  readonly difference: ScoredSet;
  readonly verdict: HeadsVerdict;
  /** Content digest of the trained heads. */
  readonly heads: string;
}

/** 2AFC on the validation sets. */
interface TrainingScores {
  /** No heads: 2 − 2·cosine of the features, summed over taps. */
  readonly baseline: HeadsScores;
  /** Heads that were given or pulled; null where there are none. */
  readonly given: HeadsScores | null;
  readonly start: HeadsScores;
  readonly trained: HeadsScores;
}

export interface HeadsPublication {
  readonly parity: Parity;
  readonly statisticsParity: StatisticsParity;
  /** SHA-256 of the files. */
  readonly artifacts: { readonly onnx: string; readonly sidecar: string; readonly registry: string };
}

/** `runs/<id>/metrics.json` of a training of heads: deterministic, and without anything of the machine. */
export interface HeadsMetrics {
  readonly schema: 'vqforge-lpips-training-v1';
  readonly task: 'lpips_heads';
  readonly id: string | null;
  readonly network: LpipsNet;
  readonly lpips_version: LpipsVersion;
  readonly epochs: readonly EpochRecord[];
  readonly seed: number;
  readonly engine: EngineName;
  /** False for the native engine, whose bits differ between CPU types. */
  readonly reproducible: boolean;
  readonly dataset: { readonly train: DatasetRecord; readonly validation: DatasetRecord };
  readonly validation: TrainingScores;
  readonly gate: {
    readonly passed: boolean;
    readonly reasons: readonly string[];
    readonly against: Reference;
    readonly difference: ScoredSet;
  };
  readonly heads_digest: string;
  /** True only after the publish committed. */
  readonly shipped: boolean;
  /** Null where nothing was exported. */
  readonly parity: Parity | null;
  readonly statistics_parity: StatisticsParity | null;
  readonly artifacts: HeadsPublication['artifacts'] | null;
  readonly run_provenance: Readonly<Record<string, Json>>;
}

interface DatasetRecord {
  readonly content_digest: string;
  readonly n_triplets: number;
  readonly skipped: number;
  readonly sets: readonly { readonly set: string; readonly triplets: number }[];
}

/** @param publication undefined where nothing was shipped */
export function headsMetrics(facts: TrainingFacts, publication: HeadsPublication | undefined): HeadsMetrics {
  const { options, verdict, against, difference, scores, heads } = facts;
  return {
    schema: 'vqforge-lpips-training-v1',
    task: 'lpips_heads',
    id: options.id ?? null,
    network: options.net,
    lpips_version: options.version,
    epochs: facts.epochs,
    seed: options.seed,
    engine: options.engine,
    reproducible: options.engine === 'wasm',
    dataset: { train: datasetRecord(facts.train), validation: datasetRecord(facts.validation) },
    validation: scores,
    gate: { ...verdict, against, difference },
    heads_digest: heads,
    shipped: publication !== undefined,
    parity: publication?.parity ?? null,
    statistics_parity: publication?.statisticsParity ?? null,
    artifacts: publication?.artifacts ?? null,
    run_provenance: {
      schema: 'ai-run-provenance-v1',
      entrypoint: {
        command: 'vqforge train lpips',
        package: '@vqforge/cli',
        version: options.packageVersion,
      },
      args: { ...choiceOf(options), ...byteArguments(options) },
      inputs: facts.inputs,
      outputs: { heads, ...publication?.artifacts },
    },
  };
}

export function formatHeadsMetrics(metrics: HeadsMetrics): string {
  return canonicalJson(metrics);
}

function datasetRecord({ digest, count, skipped, sets }: SetStatistics): DatasetRecord {
  return { content_digest: digest, n_triplets: count, skipped, sets };
}
