import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { integerFlag } from '../flag-values.ts';
import { seedOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('mini')
      .description('draw a small dataset in the layout of BAPPS, judged by a stated rule, to try things out')
      .requiredOption('--out <folder>', 'where it goes')
      .option(
        '--count <n>',
        'items of each validation set; training sets have twice as many',
        integerFlag(1, 10_000),
        40,
      )
      .addOption(seedOption('of the drawing')),
    [['a few hundred pictures', 'vqforge bapps mini --out mini']],
  );

export type BappsMiniFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge bapps mini`. */
export const bappsMini = (context: CommandContext) =>
  declare().action(async (flags) => (await import('../actions/bapps.ts')).miniCommand(given(flags), context));
