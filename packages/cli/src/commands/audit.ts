import { defined } from '@vqforge/base';
import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf } from '../command-shape.ts';
import { integerFlag, namesFlag } from '../flag-values.ts';
import { keyOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('audit')
      .description('check models, datasets and runs against what they say of each other')
      .option('--root <folder>', 'folder with model/, datasets/ and runs/ (default: this repository)')
      .option('--policy <file>', 'JSON {"require": […], "expires"?: "YYYY-MM-DD"}')
      .addOption(keyOption())
      .option('--lineage <id>', 'print what a model was made from, as a tree')
      .option('--previous <path>', 'folder with the previous models: warn when feature statistics drifted')
      .option(
        '--private-names <a,b>',
        'words that must occur nowhere, such as user and host names',
        namesFlag,
      )
      .option(
        '--retrain-folds <n>',
        'train so many folds of each regressor again, drawn at random, and compare their metrics',
        integerFlag(1, 65_536),
      ),
    [
      ['everything here', 'vqforge audit'],
      ['what a model was made from', 'vqforge audit --lineage fr_regressor_v1'],
    ],
  );

export type AuditFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge audit`. */
export const audit = (context: CommandContext) =>
  declare().action(async (flags) =>
    (await import('../actions/audit.ts')).auditCommand(defined(flags), context),
  );
