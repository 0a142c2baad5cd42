import { type Command, Option } from 'commander';
import { integerFlag, numberFlag } from './flag-values.ts';
import type { CommandContext } from './program.ts';

/** The flags of `vqforge train lpips`. */
export function addTrainLpips(group: Command, context: CommandContext): void {
  const command = group
    .command('lpips')
    .description(
      'train the heads of LPIPS on two-alternative forced choices, with a frozen trunk: gate, export, pin',
    );
  data(command);
  training(command);
  outputs(command);
  command.action(async (flags) =>
    (await import('./train-lpips-command.ts')).trainLpipsCommand(flags, context),
  );
}

function data(command: Command): void {
  command
    .requiredOption('--dataset <folder>', 'BAPPS: the folder with 2afc/train and 2afc/val')
    .option('--train-sets <name...>', 'sets to train on (default: train/traditional train/cnn train/mix)')
    .option('--val-sets <name...>', 'sets to judge by (default: the six of BAPPS)')
    .addOption(
      new Option('--resize <name>', 'of pictures to 64×64: as upstream, or every fourth pixel')
        .choices(['bilinear', 'decimate'])
        .default('bilinear'),
    )
    .option('--skip-damaged', 'leave out damaged triplets instead of refusing the dataset')
    .option('--statistics <folder>', 'keeps what the trunk saw for later runs (default: runs/statistics)');
}

function training(command: Command): void {
  command
    .addOption(new Option('--net <name>', 'trunk').choices(['squeeze', 'alex', 'vgg']).default('squeeze'))
    .addOption(new Option('--version <version>', 'of LPIPS').choices(['0.1', '0.0']).default('0.1'))
    .option('--trunk <file>', 'its weights, .pth or .safetensors (default: as pulled)')
    .option('--untrained-trunk', 'draw its weights from the seed instead')
    .option('--heads <file>', 'heads to be held against (default: as pulled; else no heads)')
    .addOption(
      new Option('--start <what>', 'begin with random heads, as upstream, or with those')
        .choices(['random', 'heads'])
        .default('random'),
    )
    .addOption(
      new Option('--ranking <name>', 'loss: through upstream’s network, or convex')
        .choices(['network', 'logistic'])
        .default('network'),
    )
    .option('--epochs <n>', 'at the full learning rate', integerFlag(1, 1_000_000), 5)
    .option('--decay-epochs <n>', 'over which it falls', integerFlag(0, 1_000_000), 5)
    .option('--batch-size <n>', 'triplets per step', integerFlag(1, 4096), 50)
    .option('--lr <x>', 'learning rate', numberFlag, 1e-4)
    .option('--seed <n>', 'seed of every random number', integerFlag(0, 0xffff_ffff), 0)
    .addOption(
      new Option('--engine <name>', 'wasm is bit-reproducible, native is faster')
        .choices(['wasm', 'native'])
        .default('wasm'),
    );
}

function outputs(command: Command): void {
  command
    .option(
      '--workers <n>',
      'threads that pass images through the trunk (default: one per core)',
      integerFlag(1, 256),
    )
    .option('--cache <folder>', 'pulled weights (default: VQFORGE_WEIGHTS_CACHE, ~/.cache/vqforge/weights)')
    .option('--id <id>', 'name in the registry; needed to ship')
    .option('--out-onnx <file>', 'model file (default: model/tiny/<id>.onnx)')
    .option('--out-sidecar <file>', 'its sidecar (default: beside the model)')
    .option('--registry <file>', 'registry that pins it (default: registry.json beside the model)')
    .option('--metrics-out <file>', 'evidence of the run (default: runs/<id>/metrics.json)')
    .option('--no-export', 'evaluate only, never ship');
}
