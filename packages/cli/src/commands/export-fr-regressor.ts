import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import {
  outOnnxOption,
  outRegistryOption,
  outSidecarOption,
  parquetOption,
  forceOption,
  replaceOption,
} from '../shared-options.ts';

const declare = () =>
  complete(
    new Command('fr-regressor')
      .description('export and pin the checkpoint of a run, byte for byte what its training published')
      .option(
        '--run <folder>',
        'run folder with checkpoint.json and metrics.json (default: runs/fr_regressor_v1)',
      )
      .addOption(parquetOption('the table it was trained on, for parity'))
      .addOption(outOnnxOption())
      .addOption(outSidecarOption())
      .addOption(forceOption())
      .addOption(replaceOption())
      .addOption(outRegistryOption()),
    [
      ['the last steps of the pinned run again', 'vqforge export fr-regressor'],
      [
        'those of another run',
        'vqforge export fr-regressor --run runs/mine --parquet mine.parquet --out-onnx elsewhere/mine.onnx',
      ],
    ],
  );

export type ExportRegressorFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge export fr-regressor`. */
export const exportRegressor = (context: CommandContext) =>
  declare().action(async (flags) =>
    (await import('../actions/export-fr-regressor.ts')).exportRegressorCommand(given(flags), context),
  );
