import { Command } from '@commander-js/extra-typings';
import { complete, type FlagsOf, given } from '../command-shape.ts';

const declare = () =>
  complete(
    new Command('keygen')
      .description('make an Ed25519 key pair for signing; never overwrites')
      .requiredOption('--out <file>', 'private key; the public one is written beside it as <file>.pub'),
    [['a pair of files, signer and signer.pub', 'vqforge registry keygen --out signer']],
  );

export type RegistryKeygenFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge registry keygen`. */
export const registryKeygen = () =>
  declare().action(async (flags) => (await import('../actions/attestation.ts')).keygenCommand(given(flags)));
