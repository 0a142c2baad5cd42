import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';

const declare = () =>
  complete(
    new Command('verify')
      .description('decode all of a dataset, count what is damaged, compare it with its manifest bapps.json')
      .option('--dataset <folder>', 'the folder with 2afc and jnd', 'dataset'),
    [['every picture of what bapps pull brought', 'vqforge bapps verify --dataset bapps']],
  );

export type BappsVerifyFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge bapps verify`. */
export const bappsVerify = (context: CommandContext) =>
  declare().action(async (flags) =>
    (await import('../actions/bapps.ts')).verifyCommand(given(flags), context),
  );
