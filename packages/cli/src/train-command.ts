import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { retrain, type RetrainResult } from '@vqforge/pipeline';
import type { FeatureSetName } from '@vqforge/table';
import type { RecipeName, RecipeOverrides } from '@vqforge/train';
import { CommandExit, EXIT } from './exit-codes.ts';
import { losoTable, tableLine, verdictLines, writtenLines } from './loso-table.ts';
import type { CommandContext, SpeechFlags } from './program.ts';
import { Progress } from './progress.ts';

interface TrainFlags extends SpeechFlags {
  readonly parquet?: string[];
  readonly features: FeatureSetName;
  readonly featureColumns?: string[];
  readonly teacherColumn: string;
  readonly dropInvalid?: boolean;
  readonly recipe: RecipeName;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly lr?: number;
  readonly weightDecay?: number;
  readonly seed: number;
  readonly shipThreshold: number;
  readonly engine: 'wasm' | 'native';
  readonly workers?: number;
  readonly outOnnx?: string;
  readonly outSidecar?: string;
  readonly registry?: string;
  readonly metricsOut?: string;
  readonly export: boolean;
  readonly keepPredictions?: boolean;
}

export async function trainCommand(
  flags: TrainFlags,
  { signal, argv, root, version }: CommandContext,
): Promise<void> {
  const progress = new Progress({ quiet: flags.quiet === true || flags.json === true });
  const result = await retrain({
    parquet: flags.parquet ?? [join(root, 'datasets', 'open9', 'open9_features.parquet')],
    features: flags.featureColumns ?? flags.features,
    teacherColumn: flags.teacherColumn,
    dropInvalid: flags.dropInvalid === true,
    recipe: flags.recipe,
    overrides: recipeOverrides(flags),
    seed: flags.seed,
    engine: flags.engine,
    workers: flags.workers ?? availableParallelism(),
    shipThreshold: flags.shipThreshold,
    export: flags.export,
    ...(flags.keepPredictions === true ? { keepPredictions: true } : {}),
    outputs: flags,
    root,
    argv,
    version,
    signal,
    now: () => performance.now(),
    observer: {
      table: (table, dataset) => progress.line(tableLine(table, dataset)),
      progress: (done, total) => progress.update(done, total),
    },
  }).finally(() => progress.stop());
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(resultJson(result))}\n` : resultText(result, root),
  );
  if (!result.metrics.gate.passed) throw new CommandExit(EXIT.refused);
}

function recipeOverrides({ epochs, batchSize, lr, weightDecay }: TrainFlags): RecipeOverrides {
  return {
    ...(epochs === undefined ? {} : { epochs }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(lr === undefined ? {} : { learningRate: lr }),
    ...(weightDecay === undefined ? {} : { weightDecay }),
  };
}

function resultText(result: RetrainResult, root: string): string {
  const { metrics, written, recovered } = result;
  const lines = [
    ...losoTable(metrics),
    ...verdictLines(metrics),
    ...recovered.map((detail) => `recovered: ${detail}`),
    ...writtenLines(written, root),
  ];
  return `${lines.join('\n')}\n`;
}

function resultJson({ metrics, written, recovered }: RetrainResult): object {
  return { metrics, written, recovered };
}
