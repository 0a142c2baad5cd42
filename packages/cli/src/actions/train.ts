import { defined } from '@vqforge/base';
import { availableParallelism } from 'node:os';
import { foreseeTraining, retrain, type ForeseenTraining, type RetrainOptions } from '@vqforge/pipeline';
import { CommandExit, EXIT } from '../exit-codes.ts';
import { losoTable, probesLine, tableLines, verdictLines } from '../loso-table.ts';
import type { CommandContext } from '../command-shape.ts';
import type { TrainFlags } from '../commands/train.ts';
import { columnMap } from '../column-map.ts';
import { Progress } from '../progress.ts';
import { printResult, shownPath, writtenLines } from '../terminal-text.ts';
import { defaultTable, ownOutputs } from '../workspace-defaults.ts';

/** `vqforge train`: exit code 3 where the gate refuses. */
export async function trainCommand(
  flags: TrainFlags,
  { signal, argv, place, version }: CommandContext,
): Promise<void> {
  const { id, license, augment, teacherRange, keepPredictions } = flags;
  const { epochs, batchSize, lr: learningRate, weightDecay } = flags;
  const progress = new Progress(flags);
  const options: RetrainOptions = {
    parquet: flags.parquet ?? defaultTable(place),
    features: flags.featureColumns ?? flags.features,
    teacherColumn: flags.teacherColumn,
    dropInvalid: flags.dropInvalid === true,
    map: columnMap(flags),
    recipe: flags.recipe,
    overrides: defined({ epochs, batchSize, learningRate, weightDecay }),
    seed: flags.seed,
    engine: flags.engine,
    workers: flags.workers ?? availableParallelism(),
    shipThreshold: flags.shipThreshold,
    export: flags.export,
    outputs: flags,
    ...defined({ id, license, augment, teacherRange, keepPredictions }),
    ...ownOutputs(place, flags.export ? (flags.outOnnx ?? flags.registry) : 'none', flags.metricsOut),
    force: flags.force === true,
    replace: flags.replace === true,
    argv,
    version,
    signal,
    now: () => performance.now(),
    observer: {
      table: (table, dataset) => tableLines(table, dataset).forEach((line) => progress.line(line)),
      probes: (choice) => progress.line(probesLine(choice)),
      progress: (done, total) => progress.update(done, total),
    },
  };
  if (flags.dryRun === true) {
    const foreseen = await foreseeTraining(options);
    return printResult(flags, foreseen, foreseenLines(foreseen));
  }
  const { metrics, written, recovered } = await retrain(options).finally(() => progress.stop());
  printResult(flags, { metrics, written, recovered }, [
    ...losoTable(metrics),
    ...verdictLines(metrics),
    ...recovered.map((detail) => `recovered: ${detail}`),
    ...writtenLines(written),
  ]);
  if (!metrics.gate.passed) throw new CommandExit(EXIT.refused);
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
  ];
}
