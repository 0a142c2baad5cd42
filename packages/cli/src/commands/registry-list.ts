import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { registryOption } from '../shared-options.ts';

const declare = () =>
  complete(new Command('list').description('one line per pinned model').addOption(registryOption()), [
    ['the models here', 'vqforge registry list'],
    ['those of another folder, as JSON', 'vqforge registry list --registry elsewhere/model/tiny --json'],
  ]);

export type RegistryListFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge registry list`. */
export const registryList = (context: CommandContext) =>
  declare().action(async (flags) =>
    (await import('../actions/registry.ts')).listCommand(given(flags), context),
  );
