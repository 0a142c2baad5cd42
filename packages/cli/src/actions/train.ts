import { availableParallelism } from 'node:os';
import {
  foreseeTraining,
  retrain,
  type ForeseenTraining,
  type RetrainOptions,
  type RetrainResult,
} from '@vqforge/pipeline';
import type { RecipeOverrides } from '@vqforge/train';
import { CommandExit, EXIT } from '../exit-codes.ts';
import { losoTable, probesLine, tableLine, verdictLines, writtenLines } from '../loso-table.ts';
import { type CommandContext, given } from '../command-shape.ts';
import type { TrainFlags } from '../commands/train.ts';
import { columnMap } from '../column-map.ts';
import { printable } from '../printable.ts';
import { Progress } from '../progress.ts';
import { shownPath } from '../shown-path.ts';
import { defaultTable, ownOutputs } from '../workspace-defaults.ts';

export async function trainCommand(
  flags: TrainFlags,
  { signal, argv, place, version }: CommandContext,
): Promise<void> {
  const progress = new Progress({ quiet: flags.quiet === true || flags.json === true });
  const options: RetrainOptions = {
    parquet: flags.parquet ?? defaultTable(place),
    features: flags.featureColumns ?? flags.features,
    teacherColumn: flags.teacherColumn,
    ...(flags.augment === undefined ? {} : { augment: flags.augment }),
    dropInvalid: flags.dropInvalid === true,
    map: columnMap(flags),
    ...(flags.license === undefined ? {} : { license: flags.license }),
    recipe: flags.recipe,
    overrides: recipeOverrides(flags),
    seed: flags.seed,
    engine: flags.engine,
    workers: flags.workers ?? availableParallelism(),
    shipThreshold: flags.shipThreshold,
    export: flags.export,
    ...(flags.keepPredictions === true ? { keepPredictions: true } : {}),
    outputs: flags,
    ...given({ id: flags.id, teacherRange: flags.teacherRange }),
    ...ownOutputs(place, flags.export ? (flags.outOnnx ?? flags.registry) : 'none', flags.metricsOut),
    force: flags.force === true,
    replace: flags.replace === true,
    argv,
    version,
    signal,
    now: () => performance.now(),
    observer: {
      table: (table, dataset) => progress.line(tableLine(table, dataset)),
      probes: (choice) => progress.line(probesLine(choice)),
      progress: (done, total) => progress.update(done, total),
    },
  };
  if (flags.dryRun === true) {
    const foreseen = await foreseeTraining(options);
    process.stdout.write(
      flags.json === true ? `${JSON.stringify(foreseen)}\n` : foreseenLines(foreseen).join(''),
    );
    return;
  }
  const result = await retrain(options).finally(() => progress.stop());
  process.stdout.write(flags.json === true ? `${JSON.stringify(resultJson(result))}\n` : resultText(result));
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

function resultText(result: RetrainResult): string {
  const { metrics, written, recovered } = result;
  const lines = [
    ...losoTable(metrics),
    ...verdictLines(metrics),
    ...recovered.map((detail) => `recovered: ${detail}`),
    ...writtenLines(written),
  ];
  return `${lines.join('\n')}\n`;
}

function resultJson({ metrics, written, recovered }: RetrainResult): object {
  return { metrics, written, recovered };
}

function foreseenLines({
  id,
  dataset,
  rows,
  features,
  folds,
  files,
  replacement,
  isRefused,
}: ForeseenTraining): string[] {
  const publish = {
    new: `would publish ${id}, which is a new id`,
    rebuild: `would publish ${id} again: the same table, recipe, seed and engine`,
    other: isRefused
      ? `would refuse to replace ${id}, which is another model: --replace allows it`
      : `would replace ${id}, which is another model`,
  };
  return [
    `${dataset}: ${rows} rows, ${folds} folds, features ${features.join(', ')}`,
    replacement === null ? 'would publish nothing (--no-export)' : publish[replacement.kind],
    ...(isRefused ? [] : files.map((path) => `would write ${shownPath(path)}`)),
    ...(replacement === null || replacement.archive === null || isRefused
      ? []
      : [`would keep what is replaced in ${shownPath(replacement.archive)}`]),
  ].map((line) => `${printable(line)}\n`);
}
