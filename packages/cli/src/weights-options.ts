import { type Command, Option } from 'commander';
import { urlsFlag } from './flag-values.ts';
import type { CommandContext } from './program.ts';

/** The commands that begin with `vqforge weights`. */
export function addWeights(program: Command, context: CommandContext): void {
  const group = program.command('weights').description('weights of others that models are made from');
  group
    .command('pull')
    .description(
      'bring the pinned files of trunk and heads into the cache: what is there stays, then folders, then servers',
    )
    .addArgument(
      program
        .createArgument('[net...]', 'whose weights (default: squeeze)')
        .choices(['squeeze', 'alex', 'vgg', 'all']),
    )
    .addOption(new Option('--heads-version <version>', 'of the heads').choices(['0.1', '0.0']).default('0.1'))
    .option('--from <folder...>', 'look here before downloading; files are known by their content')
    .option('--offline', 'download nothing')
    .option('--mirror <url...>', 'servers to ask first, for <url>/<file>', urlsFlag)
    .option('--cache <folder>', 'where they go (default: VQFORGE_WEIGHTS_CACHE, ~/.cache/vqforge/weights)')
    .action(async (nets, flags) => (await import('./weights-command.ts')).pullCommand(nets, flags, context));
}
