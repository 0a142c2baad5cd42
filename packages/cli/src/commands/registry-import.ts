import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { forceOption, ownRegistryOption, replaceOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('import')
      .description('take a model over from another registry, verified there and pinned here')
      .argument('<id>', 'a model of the other registry')
      .addOption(ownRegistryOption())
      .requiredOption('--from <path>', 'registry.json or its folder to take it from')
      .option('--inline-external-data', 'bring weights from other files inside, under a new digest')
      .option('--sidecar <file>', 'JSON with the facts that the source does not state')
      .option('--template <file>', 'import nothing: write that JSON, to be filled in')
      .addOption(forceOption())
      .addOption(replaceOption())
      .option('--key <file>', 'public key: check the signature there')
      .option('--require-signature', 'refuse a model that is not signed there'),
    [
      [
        'which facts would an import want?',
        'vqforge registry import old_model --from old --template facts.json',
      ],
      ['a model of a colleague', 'vqforge registry import prod_2025 --from ../theirs/model/tiny'],
      [
        'one whose weights lie in a second file',
        'vqforge registry import old_model --from old --inline-external-data --sidecar facts.json',
      ],
    ],
  );

export type RegistryImportFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge registry import`. */
export const registryImport = (context: CommandContext) =>
  declare().action(async (id, flags) =>
    (await import('../actions/attestation.ts')).importCommand(id, given(flags), context),
  );
