import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { retrain, type RetrainResult } from '@vqforge/pipeline';
import type { RecipeOverrides } from '@vqforge/train';
import { CommandExit, EXIT } from '../exit-codes.ts';
import { losoTable, tableLine, verdictLines, writtenLines } from '../loso-table.ts';
import type { CommandContext } from '../command-shape.ts';
import type { TrainFlags } from '../commands/train.ts';
import { Progress } from '../progress.ts';

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
