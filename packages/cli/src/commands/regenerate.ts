import { defined } from '@vqforge/base';
import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf } from '../command-shape.ts';
import { ownRegistryOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('regenerate')
      .description('rebuild pinned models from the inputs their provenance names, and compare byte for byte')
      .argument('[id...]', 'models (default: all whose inputs are here)')
      .option('--check', 'compare only, write nothing')
      .option('--from <folder...>', 'folders with inputs, found by content digest')
      .addOption(ownRegistryOption()),
    [
      ['do the pinned bytes come out again?', 'vqforge regenerate --check'],
      ['one model, its table in another folder', 'vqforge regenerate prod_2025 --from ~/tables --check'],
    ],
  );

export type RegenerateFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge regenerate`. */
export const regenerate = (context: CommandContext) =>
  declare().action(async (ids, flags) =>
    (await import('../actions/regenerate.ts')).regenerateCommand(ids, defined(flags), context),
  );
