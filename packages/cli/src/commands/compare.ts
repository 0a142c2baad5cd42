import { defined } from '@vqforge/base';
import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf } from '../command-shape.ts';
import { integerFlag } from '../flag-values.ts';
import { forceOption, seedOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('compare')
      .description('hold runs against each other, fold by fold, with intervals of the paired differences')
      .argument('<run>', 'what the others are held against: a folder, a metrics file, or a name in runs/')
      .argument('<others...>', 'the same')
      .option('--resamples <n>', 'for the 95 % intervals', integerFlag(1, 1_000_000), 1000)
      .addOption(seedOption('of the resampling'))
      .option('--out <file>', 'write a page with charts (HTML)')
      .option('-o, --output <file>', 'write the comparison here too, as JSON')
      .addOption(forceOption()),
    [
      ['is the new one better?', 'vqforge compare prod_2025 candidate'],
      ['three runs, as a page', 'vqforge compare prod_2025 runs/a runs/b --out comparison.html'],
    ],
  );

export type CompareFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge compare`. */
export const compare = (context: CommandContext) =>
  declare().action(async (run, others, flags) =>
    (await import('../actions/compare.ts')).compareCommand([run, ...others], defined(flags), context),
  );
