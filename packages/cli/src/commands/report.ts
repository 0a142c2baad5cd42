import { defined } from '@vqforge/base';
import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf } from '../command-shape.ts';
import { forceOption } from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('report')
      .description('what a run or an evaluation measured, as one HTML page without network or scripts')
      .argument('<run>', 'folder of a run, its metrics file or that of an evaluation, or a name in runs/')
      .option('--out <file>', 'the page (default: report.html beside the metrics)')
      .addOption(forceOption())
      .option(
        '--dataset <folder>',
        'BAPPS folder of an evaluation, to show where people see it the other way',
      ),
    [
      ['the pinned run', 'vqforge report fr_regressor_v1'],
      ['an evaluation, with pictures', 'vqforge report lpips.json --dataset bapps --out lpips.html'],
    ],
  );

export type ReportFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge report`. */
export const report = (context: CommandContext) =>
  declare().action(async (run, flags) =>
    (await import('../actions/report.ts')).reportCommand(run, defined(flags), context),
  );
