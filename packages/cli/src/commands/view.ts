import { defined } from '@vqforge/base';
import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf } from '../command-shape.ts';
import { integerFlag } from '../flag-values.ts';
import { registryOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('view')
      .description(
        'compare clips in the browser: a page on 127.0.0.1 that computes by itself and sends nothing anywhere',
      )
      .argument('[files...]', 'a reference and up to four renditions that the page opens')
      .option('--port <n>', '0 takes a free one', integerFlag(0, 65_535), 0)
      .option('--no-open', 'print the address and open no browser')
      .addOption(registryOption()),
    [
      ['a reference and two renditions', 'vqforge view ref.y4m a.y4m b.y4m'],
      ['the page alone, for a browser that is open', 'vqforge view --port 8123 --no-open'],
    ],
  );

export type ViewFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge view`. */
export const view = (context: CommandContext) =>
  declare().action(async (files, flags) =>
    (await import('../actions/view.ts')).viewCommand(files, defined(flags), context),
  );
