import { defined } from '@vqforge/base';
import { Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, group } from '../command-shape.ts';
import {
  cacheOption,
  forceOption,
  lpipsVersionOption,
  netOption,
  outOnnxOption,
  outRegistryOption,
  outSidecarOption,
  parquetOption,
  replaceOption,
} from '../shared-options.ts';

const regressor = () =>
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

export type ExportRegressorFlags = FlagsOf<ReturnType<typeof regressor>>;

const lpips = () =>
  complete(
    new Command('lpips')
      .description(
        'make LPIPS from weights, hold it against its definition, and pin it; without flags the pinned model, from pulled weights',
      )
      .addOption(netOption())
      .addOption(lpipsVersionOption())
      .option('--trunk <file>', 'its weights, .pth or .safetensors (default: as pulled)')
      .option('--heads <file>', 'their weights (default: as pulled)')
      .option('--baseline', 'no heads: every channel counts alike')
      .option('--maps', 'also give the term and the distance map of each layer')
      .addOption(
        new Option('--variant <name>', 'input: normalised planes, or pixels as bytes')
          .choices(['float32', 'uint8'])
          .default('float32'),
      )
      .addOption(new Option('--opset <n>', 'ONNX operator set').choices(['17', '18']).default('18'))
      .option('--id <id>', 'name in the registry; needed for all but the pinned graphs')
      .addOption(cacheOption())
      .addOption(outOnnxOption('in model/tiny, named by the model'))
      .addOption(outSidecarOption())
      .addOption(outRegistryOption())
      .option('--no-registry', 'pin nothing, only write the two files')
      .addOption(forceOption())
      .addOption(replaceOption()),
    [
      ['the pinned LPIPS, from weights that weights pull brought', 'vqforge export lpips'],
      [
        'a graph that takes pixels as bytes, not pinned',
        'vqforge export lpips --variant uint8 --id lpips_bytes --out-onnx lpips_bytes.onnx --no-registry',
      ],
    ],
  );

export type ExportLpipsFlags = FlagsOf<ReturnType<typeof lpips>>;

/** `vqforge export`. */
export const exportModel = (context: CommandContext) =>
  group('export', 'write a model file from trained parameters', [
    regressor().action(async (flags) =>
      (await import('../actions/export-fr-regressor.ts')).exportRegressorCommand(defined(flags), context),
    ),
    lpips().action(async (flags) =>
      (await import('../actions/export-lpips.ts')).exportLpipsCommand(defined(flags), context),
    ),
  ]);
