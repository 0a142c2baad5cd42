import { defined } from '@vqforge/base';
import { Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf } from '../command-shape.ts';
import { integerFlag, numberFlag } from '../flag-values.ts';
import {
  cacheOption,
  lpipsVersionOption,
  netOption,
  outOnnxOption,
  outRegistryOption,
  outSidecarOption,
  resizeOption,
  seedOption,
  trainingEngineOption,
  forceOption,
  replaceOption,
} from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('lpips')
      .description(
        'train the heads of LPIPS on two-alternative forced choices, with a frozen trunk: gate, export, pin',
      )
      .requiredOption('--dataset <folder>', 'BAPPS: the folder with 2afc/train and 2afc/val')
      .option('--train-sets <name...>', 'sets to train on (default: train/traditional train/cnn train/mix)')
      .option('--val-sets <name...>', 'sets to judge by (default: the six of BAPPS)')
      .addOption(resizeOption())
      .option('--skip-damaged', 'leave out damaged triplets instead of refusing the dataset')
      .option('--statistics <folder>', 'keeps what the trunk saw for later runs (default: runs/statistics)')
      .addOption(netOption())
      .addOption(lpipsVersionOption())
      .option('--trunk <file>', 'its weights, .pth or .safetensors (default: as pulled)')
      .option('--untrained-trunk', 'draw its weights from the seed instead')
      .option('--heads <file>', 'heads to be held against (default: as pulled; else no heads)')
      .addOption(
        new Option('--start <what>', 'begin with random heads, as upstream, or with those')
          .choices(['random', 'heads'])
          .default('random'),
      )
      .addOption(
        new Option('--ranking <name>', 'loss: through upstream’s network, or convex')
          .choices(['network', 'logistic'])
          .default('network'),
      )
      .option('--epochs <n>', 'at the full learning rate', integerFlag(1, 1_000_000), 5)
      .option('--decay-epochs <n>', 'over which it falls', integerFlag(0, 1_000_000), 5)
      .option('--batch-size <n>', 'triplets per step', integerFlag(1, 4096), 50)
      .option('--lr <x>', 'learning rate', numberFlag, 1e-4)
      .addOption(seedOption())
      .addOption(trainingEngineOption())
      .option(
        '--workers <n>',
        'threads that pass images through the trunk (default: one per core)',
        integerFlag(1, 256),
      )
      .addOption(cacheOption())
      .option('--id <id>', 'name in the registry; needed to ship')
      .addOption(outOnnxOption('model/tiny/<id>.onnx'))
      .addOption(outSidecarOption())
      .addOption(outRegistryOption())
      .option('--metrics-out <file>', 'evidence of the run (default: runs/<id>/metrics.json)')
      .addOption(forceOption())
      .addOption(replaceOption())
      .option('--no-export', 'evaluate only, never ship'),
    [
      ['heads of your own, pinned under your own id', 'vqforge train lpips --dataset bapps --id my_lpips'],
      [
        'a first look: a drawn dataset, no download',
        'vqforge train lpips --dataset mini --untrained-trunk --no-export',
      ],
    ],
  );

export type TrainLpipsFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge train lpips`. */
export const trainLpips = (context: CommandContext) =>
  declare().action(async (flags) =>
    (await import('../actions/train-lpips.ts')).trainLpipsCommand(defined(flags), context),
  );
