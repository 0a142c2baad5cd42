import { defined } from '@vqforge/base';
import { Argument, Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, group } from '../command-shape.ts';
import { integerFlag, urlsFlag } from '../flag-values.ts';
import { seedOption } from '../shared-options.ts';

const pull = () =>
  complete(
    new Command('pull')
      .description('bring the archives of BAPPS into a folder, check their digests, unpack them')
      .addArgument(
        new Argument('[archive...]', 'which of them: 1.1, 5.3 and 0.2 GB (default: val jnd)').choices([
          'val',
          'train',
          'jnd',
        ]),
      )
      .option('--out <folder>', 'where they go', 'dataset')
      .option('--from <folder...>', 'look for the archives here before downloading')
      .option('--mirror <url...>', 'servers to ask first, for <url>/<file>', urlsFlag)
      .option('--pin <archive=sha256...>', 'digest of an archive, instead of the known one', pins)
      .option('--keep-archives', 'do not remove what was downloaded'),
    [
      ['what evaluate needs, 1.3 GB', 'vqforge bapps pull val jnd --out bapps'],
      ['from archives that are here', 'vqforge bapps pull --out bapps --from ~/Downloads'],
    ],
  );

export type BappsPullFlags = FlagsOf<ReturnType<typeof pull>>;

function pins(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, archive, digest] = /^(val|train|jnd)=([0-9a-f]{64})$/.exec(text) ?? [];
  if (archive === undefined || digest === undefined)
    throw new InvalidArgumentError('expected val, train or jnd, = and the 64 digits of a SHA-256.');
  return { ...earlier, [archive]: digest };
}

const mini = () =>
  complete(
    new Command('mini')
      .description('draw a small dataset in the layout of BAPPS, judged by a stated rule, to try things out')
      .requiredOption('--out <folder>', 'where it goes')
      .option(
        '--count <n>',
        'items of each validation set; training sets have twice as many',
        integerFlag(1, 10_000),
        40,
      )
      .addOption(seedOption('of the drawing')),
    [['a few hundred pictures', 'vqforge bapps mini --out mini']],
  );

export type BappsMiniFlags = FlagsOf<ReturnType<typeof mini>>;

const verify = () =>
  complete(
    new Command('verify')
      .description('decode all of a dataset, count what is damaged, compare it with its manifest bapps.json')
      .option('--dataset <folder>', 'the folder with 2afc and jnd', 'dataset'),
    [['every picture of what bapps pull brought', 'vqforge bapps verify --dataset bapps']],
  );

export type BappsVerifyFlags = FlagsOf<ReturnType<typeof verify>>;

const actions = () => import('../actions/bapps.ts');

/** `vqforge bapps`. */
export const bapps = (context: CommandContext) =>
  group('bapps', 'human judgements of similarity: the BAPPS dataset', [
    pull().action(async (archives, flags) =>
      (await actions()).pullCommand(archives, defined(flags), context),
    ),
    mini().action(async (flags) => (await actions()).miniCommand(defined(flags), context)),
    verify().action(async (flags) => (await actions()).verifyCommand(defined(flags), context)),
  ]);
