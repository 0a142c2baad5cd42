import type { Command } from 'commander';
import { integerFlag } from './flag-values.ts';
import type { CommandContext } from './program.ts';

/** The commands that begin with `vqforge bapps`. */
export function addBapps(program: Command, context: CommandContext): void {
  const group = program.command('bapps').description('human judgements of similarity: the BAPPS dataset');
  group
    .command('mini')
    .description('draw a small dataset in the layout of BAPPS, judged by a stated rule, to try things out')
    .requiredOption('--out <folder>', 'where it goes')
    .option(
      '--count <n>',
      'items of each validation set; training sets have twice as many',
      integerFlag(1, 10_000),
      40,
    )
    .option('--seed <n>', 'of the drawing', integerFlag(0, 0xffff_ffff), 0)
    .action(async (flags) => (await import('./bapps-command.ts')).miniCommand(flags, context));
  group
    .command('verify')
    .description('decode all of a dataset, count what is damaged, compare it with its manifest bapps.json')
    .option('--dataset <folder>', 'the folder with 2afc and jnd', 'dataset')
    .action(async (flags) => (await import('./bapps-command.ts')).verifyCommand(flags, context));
}
