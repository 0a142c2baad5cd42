import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { keyOption, registryOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('verify')
      .description('check every pinned byte, or those of the given models')
      .argument('[id...]', 'models (default: all that are pinned)')
      .addOption(registryOption())
      .addOption(keyOption())
      .option('--require-signature', 'fail a model that is not signed'),
    [
      ['everything that is pinned', 'vqforge registry verify'],
      ['signatures too', 'vqforge registry verify --key signer.pub --require-signature'],
    ],
  );

export type RegistryVerifyFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge registry verify`. */
export const registryVerify = (context: CommandContext) =>
  declare().action(async (ids, flags) =>
    (await import('../actions/registry.ts')).verifyCommand(ids, given(flags), context),
  );
