import { Argument, Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import { urlsFlag } from '../flag-values.ts';

const declare = () =>
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

export type BappsPullFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge bapps pull`. */
export const bappsPull = (context: CommandContext) =>
  declare().action(async (archives, flags) =>
    (await import('../actions/bapps.ts')).pullCommand(archives, given(flags), context),
  );

function pins(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, archive, digest] = /^(val|train|jnd)=([0-9a-f]{64})$/.exec(text) ?? [];
  if (archive === undefined || digest === undefined)
    throw new InvalidArgumentError('expected val, train or jnd, = and the 64 digits of a SHA-256.');
  return { ...earlier, [archive]: digest };
}
