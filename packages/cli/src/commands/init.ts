import { defined } from '@vqforge/base';
import { Command } from '@commander-js/extra-typings';
import { complete, type FlagsOf } from '../command-shape.ts';

const declare = () =>
  complete(
    new Command('init')
      .description('make a folder a workspace: vqforge.json, with places for tables, runs and models')
      .argument('[folder]', 'made where it is not there', '.'),
    [
      ['here', 'vqforge init'],
      ['in a new folder', 'vqforge init quality'],
    ],
  );

export type InitFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge init`. */
export const init = () =>
  declare().action(async (folder, flags) =>
    (await import('../actions/init.ts')).initCommand(folder, defined(flags)),
  );
