import type {
  HeadsEpochRecord,
  HeadsMetricsDocument,
  Parity,
  ScoredSet,
  TripletSource,
} from '@vqforge/artifact';
import { TRAIN_COMMAND } from '../lpips-sidecar.ts';
import type { HeadsVerdict, Reference } from './heads-gate.ts';
import type { SetStatistics } from './statistics-pass.ts';
import type { StatisticsParity } from './exported-distances.ts';
import { byteArguments, choiceOf, type TrainLpipsOptions } from './training-request.ts';

/** Everything that the evidence of a training is made of. */
export interface TrainingFacts {
  readonly options: TrainLpipsOptions;
  /** Content digests by role: trunk, train, validation, and the heads that there were. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly train: SetStatistics;
  readonly validation: SetStatistics;
  readonly epochs: readonly HeadsEpochRecord[];
  readonly scores: HeadsMetricsDocument['validation'];
  readonly against: Reference;
  /** Score of the trained heads minus that of the heads they are compared with. */
  readonly difference: ScoredSet;
  readonly verdict: HeadsVerdict;
  /** Content digest of the trained heads. */
  readonly heads: string;
}

export interface HeadsPublication {
  readonly parity: Parity;
  readonly statisticsParity: StatisticsParity;
  /** SHA-256 of the files. */
  readonly artifacts: { readonly onnx: string; readonly sidecar: string };
}

/**
 * The evidence of a training of LPIPS heads.
 *
 * @param publication undefined where nothing was shipped
 */
export function headsMetrics(
  facts: TrainingFacts,
  publication: HeadsPublication | undefined,
): HeadsMetricsDocument {
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
        command: TRAIN_COMMAND,
        package: '@vqforge/cli',
        version: options.packageVersion,
      },
      args: { ...choiceOf(options), ...byteArguments(options) },
      inputs: facts.inputs,
      outputs: { heads, ...publication?.artifacts },
    },
  };
}

function datasetRecord({ digest, count, skipped, sets }: SetStatistics): TripletSource {
  return { content_digest: digest, n_triplets: count, skipped, sets };
}
