import { Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { registryOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('export')
      .description('print the registry in an older schema, for other tools')
      .addOption(registryOption())
      .addOption(new Option('--schema-version <n>', 'schema to write').choices(['1']).default('1')),
    [['for a tool that reads schema version 1', 'vqforge registry export > registry-v1.json']],
  );

export type RegistryExportFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge registry export`. */
export const registryExport = (context: CommandContext) =>
  declare().action(async (flags) =>
    (await import('../actions/registry.ts')).exportCommand(given(flags), context),
  );
