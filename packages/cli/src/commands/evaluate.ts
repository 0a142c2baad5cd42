import { defined } from '@vqforge/base';
import { Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf } from '../command-shape.ts';
import { integerFlag } from '../flag-values.ts';
import {
  engineOption,
  lpipsVersionOption,
  netOption,
  registryOption,
  resizeOption,
  seedOption,
  unregisteredOption,
  forceOption,
} from '../shared-options.ts';

/** Upstream's names and meanings, with ours where it has none. */
const declare = () =>
  complete(
    new Command('evaluate')
      .description('judge a perceptual metric on BAPPS: how often does it agree with people?')
      .option('--dataset <folder>', 'BAPPS: the folder with 2afc and jnd', 'dataset')
      .addOption(
        new Option('--dataset-mode <mode>', 'triplets (which of two is closer?) or pairs (the same?)')
          .choices(['2afc', 'jnd'])
          .default('2afc'),
      )
      .option(
        '--datasets <name...>',
        'sets, such as val/traditional (default: the six of 2afc/val, the two of jnd/val)',
      )
      .addOption(resizeOption())
      .option('--skip-damaged', 'leave out what is damaged or incomplete instead of refusing the dataset')
      .addOption(
        new Option('--model <name>', 'LPIPS, LPIPS without heads (older: net-lin, net), pixels, or SSIM')
          .choices(['lpips', 'baseline', 'l2', 'ssim', 'dssim', 'net-lin', 'net'])
          .default('lpips'),
      )
      .addOption(netOption())
      .addOption(lpipsVersionOption())
      .option(
        '--model-path <id>',
        'exported LPIPS model: id or file (default: the one of --net and --version in the registry)',
      )
      .addOption(registryOption())
      .addOption(unregisteredOption())
      .addOption(new Option('--colorspace <name>', 'of l2 and ssim').choices(['Lab', 'RGB']).default('Lab'))
      .option('--bug-compatible', "l2 and ssim: truncate pixels on the way, as upstream's tensor2im does")
      .option('--batch-size <n>', 'items that a session is given at once', integerFlag(1, 4096), 8)
      .option('--device <name>', 'auto, cpu, cuda, webgpu, coreml, dml, …', 'cpu')
      .addOption(engineOption())
      .option(
        '--workers <n>',
        'sessions of one thread each, on the CPU (default: one per core)',
        integerFlag(1, 256),
      )
      .option('--resamples <n>', 'for the 95 % intervals', integerFlag(1, 1_000_000), 1000)
      .addOption(seedOption('of the resampling'))
      .option('-o, --output <file>', 'write the result here too, as JSON')
      .addOption(forceOption()),
    [
      ['the pinned LPIPS on the six validation sets', 'vqforge evaluate --dataset bapps'],
      [
        'squared error in Lab, to hold against it',
        'vqforge evaluate --dataset bapps --model l2 --output l2.json',
      ],
    ],
  );

export type EvaluateFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge evaluate`. */
export const evaluate = (context: CommandContext) =>
  declare().action(async (flags) =>
    (await import('../actions/evaluate.ts')).evaluateCommand(defined(flags), context),
  );
