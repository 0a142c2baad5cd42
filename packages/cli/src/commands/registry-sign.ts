import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { ownRegistryOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('sign')
      .description('attest how a pinned model was made, in a signed bundle that the registry names')
      .argument('<id>', 'a pinned model')
      .addOption(ownRegistryOption())
      .requiredOption('--key <file>', 'private key')
      .option('--source-commit <hex>', 'commit of the sources that made it')
      .option('--environment <file>', 'environment.json of the run that made it')
      .option('--builder-id <uri>', 'who made it (default: urn:vqforge:builder:local)'),
    [['with a key of registry keygen', 'vqforge registry sign fr_regressor_v1 --key signer']],
  );

export type RegistrySignFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge registry sign`. */
export const registrySign = (context: CommandContext) =>
  declare().action(async (id, flags) =>
    (await import('../actions/attestation.ts')).signCommand(id, given(flags), context),
  );
