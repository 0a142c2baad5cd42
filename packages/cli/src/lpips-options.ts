import { type Command, Option } from 'commander';
import type { CommandContext } from './program.ts';

/** The flags of `vqforge export lpips`. */
export function addExportLpips(group: Command, context: CommandContext): void {
  group
    .command('lpips')
    .description(
      'make LPIPS from weights, hold it against its definition, and pin it; without flags the pinned model, from pulled weights',
    )
    .addOption(new Option('--net <name>', 'trunk').choices(['squeeze', 'alex', 'vgg']).default('squeeze'))
    .addOption(new Option('--version <version>', 'of the heads').choices(['0.1', '0.0']).default('0.1'))
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
    .option('--cache <folder>', 'pulled weights (default: VQFORGE_WEIGHTS_CACHE, ~/.cache/vqforge/weights)')
    .option('--out-onnx <file>', 'model file (default: in model/tiny, named by the model)')
    .option('--out-sidecar <file>', 'its sidecar (default: beside the model)')
    .option('--registry <file>', 'registry that pins it (default: registry.json beside the model)')
    .option('--no-registry', 'pin nothing, only write the two files')
    .action(async (flags) => (await import('./lpips-command.ts')).exportLpipsCommand(flags, context));
}
