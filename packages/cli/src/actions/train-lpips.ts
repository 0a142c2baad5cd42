import { availableParallelism } from 'node:os';
import {
  DEFAULT_TRAIN_SETS,
  DEFAULT_VALIDATION_SETS,
  trainLpips,
  type TrainLpipsResult,
} from '@vqforge/pipeline';
import { CommandExit, EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../command-shape.ts';
import type { TrainLpipsFlags } from '../commands/train-lpips.ts';
import { Progress } from '../progress.ts';
import { printResult, writtenLines } from '../terminal-text.ts';
import { ownOutputs, weightsCache } from '../workspace-defaults.ts';

/** `vqforge train lpips`: exit code 3 where the gate refuses. */
export async function trainLpipsCommand(
  flags: TrainLpipsFlags,
  { signal, place, version }: CommandContext,
): Promise<void> {
  const passes = {
    train: new Progress(flags, 'training sets', 'triplets'),
    validation: new Progress(flags, 'validation sets', 'triplets'),
  };
  const training = new Progress(flags);
  const all = [passes.train, passes.validation, training];
  const result = await trainLpips({
    ...flags,
    trainSets: flags.trainSets ?? DEFAULT_TRAIN_SETS,
    validationSets: flags.valSets ?? DEFAULT_VALIDATION_SETS,
    skipDamaged: flags.skipDamaged === true,
    untrainedTrunk: flags.untrainedTrunk === true,
    recipe: {
      ranking: flags.ranking,
      epochs: flags.epochs,
      decayEpochs: flags.decayEpochs,
      batchSize: flags.batchSize,
      learningRate: flags.lr,
    },
    workers: flags.workers ?? availableParallelism(),
    cache: weightsCache(flags.cache),
    outputs: flags,
    ...ownOutputs(
      place,
      flags.export ? (flags.outOnnx ?? flags.registry) : 'none',
      flags.metricsOut,
      flags.statistics,
    ),
    force: flags.force === true,
    replace: flags.replace === true,
    packageVersion: version,
    signal,
    now: () => performance.now(),
    observer: {
      triplet: (part, done, total) => {
        passes[part].update(done, total);
        if (done === total) passes[part].stop();
      },
      step: (done, total) => training.update(done, total),
      resumed: (epochs) => training.line(`going on after epoch ${epochs}`),
      epoch: ({ epoch, loss, accuracy, validation_accuracy: validation }) =>
        training.line(
          `epoch ${epoch}: loss ${loss.toFixed(4)}, accuracy ${percent(accuracy)}, validation ${percent(validation)}`,
        ),
    },
  }).finally(() => all.forEach((progress) => progress.stop()));
  printResult(flags, result, resultLines(result));
  if (!result.metrics.gate.passed) throw new CommandExit(EXIT.refused);
}

function resultLines({ metrics, computed, written }: TrainLpipsResult): string[] {
  const { baseline, given, start, trained } = metrics.validation;
  const rows = [
    ['no heads', baseline],
    ['given heads', given],
    ['at the start', start],
    ['trained', trained],
  ] as const;
  const { gate, dataset } = metrics;
  const scores = rows.flatMap(([name, scored]) =>
    scored === null
      ? []
      : [
          `  ${name.padEnd(13)} ${percent(scored.mean.score)}  (${percent(scored.mean.low)} to ${percent(scored.mean.high)})`,
        ],
  );
  const total = dataset.train.n_triplets + dataset.validation.n_triplets;
  return [
    `${total} triplets, ${computed} of them through the trunk now`,
    '2AFC on the validation sets, mean over sets, with its 95 % interval:',
    ...scores,
    ...(gate.passed ? [] : gate.reasons.map((reason) => `gate refused: ${reason}`)),
    metrics.shipped ? `shipped as ${metrics.id}` : 'not shipped',
    ...writtenLines(written),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
