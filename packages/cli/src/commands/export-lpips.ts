import { Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, given } from '../command-shape.ts';
import {
  cacheOption,
  lpipsVersionOption,
  netOption,
  outOnnxOption,
  outRegistryOption,
  outSidecarOption,
  forceOption,
  replaceOption,
} from '../shared-options.ts';

const declare = () =>
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

export type ExportLpipsFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge export lpips`. */
export const exportLpips = (context: CommandContext) =>
  declare().action(async (flags) =>
    (await import('../actions/export-lpips.ts')).exportLpipsCommand(given(flags), context),
  );
