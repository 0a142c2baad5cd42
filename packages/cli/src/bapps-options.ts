import { type Command, InvalidArgumentError } from 'commander';
import { integerFlag, urlsFlag } from './flag-values.ts';
import type { CommandContext } from './program.ts';

/** The commands that begin with `vqforge bapps`. */
export function addBapps(program: Command, context: CommandContext): void {
  const group = program.command('bapps').description('human judgements of similarity: the BAPPS dataset');
  group
    .command('pull')
    .description('bring the archives of BAPPS into a folder, check their digests, unpack them')
    .addArgument(
      program
        .createArgument('[archive...]', 'which of them: 1.1, 5.3 and 0.2 GB (default: val jnd)')
        .choices(['val', 'train', 'jnd']),
    )
    .option('--out <folder>', 'where they go', 'dataset')
    .option('--from <folder...>', 'look for the archives here before downloading')
    .option('--mirror <url...>', 'servers to ask first, for <url>/<file>', urlsFlag)
    .option('--pin <archive=sha256...>', 'digest of an archive, instead of the known one', pins)
    .option('--keep-archives', 'do not remove what was downloaded')
    .action(async (archives, flags) =>
      (await import('./bapps-command.ts')).pullCommand(archives, flags, context),
    );
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

function pins(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const [, archive, digest] = /^(val|train|jnd)=([0-9a-f]{64})$/.exec(text) ?? [];
  if (archive === undefined || digest === undefined)
    throw new InvalidArgumentError('expected val, train or jnd, = and the 64 digits of a SHA-256.');
  return { ...earlier, [archive]: digest };
}
