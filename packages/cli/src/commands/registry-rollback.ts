import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { keyOption, ownRegistryOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('rollback')
      .description('pin a replaced or removed version again, verified first, with its evidence')
      .argument('<id>', 'a model')
      .option('--version <digest>', 'first digits of a version (default: the last one that was replaced)')
      .addOption(ownRegistryOption())
      .addOption(keyOption()),
    [
      ['undo the last publish', 'vqforge registry rollback prod_2025'],
      ['to a certain version', 'vqforge registry rollback prod_2025 --version 3f9a'],
    ],
  );

export type RegistryRollbackFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge registry rollback`. */
export const registryRollback = (context: CommandContext) =>
  declare().action(async (id, flags) =>
    (await import('../actions/registry-history.ts')).rollbackCommand(id, given(flags), context),
  );
