import { type Command, Option } from 'commander';
import { integerFlag } from './flag-values.ts';
import type { CommandContext } from './program.ts';

/** The flags of `vqforge evaluate`: upstream's names and meanings, with ours where it has none. */
export function addEvaluate(program: Command, context: CommandContext): void {
  const command = program
    .command('evaluate')
    .description('judge a perceptual metric on BAPPS: how often does it agree with people?');
  data(command);
  metric(command);
  output(command);
  command.action(async (flags) => (await import('./evaluate-command.ts')).evaluateCommand(flags, context));
}

function data(command: Command): void {
  command
    .option('--dataset <folder>', 'BAPPS: the folder with 2afc and jnd', 'dataset')
    .addOption(
      new Option('--dataset-mode <mode>', 'triplets (which of two is closer?) or pairs (the same?)')
        .choices(['2afc', 'jnd'])
        .default('2afc'),
    )
    .option(
      '--datasets <name...>',
      'sets, such as val/traditional (default: the six of 2afc/val, the two of jnd/val)',
    )
    .addOption(
      new Option('--resize <name>', 'of pictures to 64×64: as upstream, or every fourth pixel')
        .choices(['bilinear', 'decimate'])
        .default('bilinear'),
    )
    .option('--skip-damaged', 'leave out what is damaged or incomplete instead of refusing the dataset');
}

function metric(command: Command): void {
  command
    .addOption(
      new Option('--model <name>', 'LPIPS, LPIPS without heads (older: net-lin, net), pixels, or SSIM')
        .choices(['lpips', 'baseline', 'l2', 'ssim', 'dssim', 'net-lin', 'net'])
        .default('lpips'),
    )
    .addOption(
      new Option('--net <name>', 'trunk of LPIPS').choices(['squeeze', 'alex', 'vgg']).default('squeeze'),
    )
    .addOption(new Option('--version <version>', 'of LPIPS').choices(['0.1', '0.0']).default('0.1'))
    .option(
      '--model-path <id>',
      'exported LPIPS model: id or file (default: the one of --net and --version in the registry)',
    )
    .option('--registry <path>', 'registry.json or its folder (default: model/tiny)')
    .option('--allow-unregistered', 'take a model file that no registry.json beside it pins')
    .addOption(new Option('--colorspace <name>', 'of l2 and ssim').choices(['Lab', 'RGB']).default('Lab'))
    .option('--bug-compatible', "l2 and ssim: truncate pixels on the way, as upstream's tensor2im does")
    .option('--batch-size <n>', 'items that a session is given at once', integerFlag(1, 4096), 8)
    .option('--device <name>', 'auto, cpu, cuda, webgpu, coreml, dml, …', 'cpu')
    .addOption(
      new Option('--engine <name>', 'ONNX Runtime to use (default: native where it loads)').choices([
        'native',
        'wasm',
      ]),
    )
    .option(
      '--workers <n>',
      'sessions of one thread each, on the CPU (default: one per core)',
      integerFlag(1, 256),
    );
}

function output(command: Command): void {
  command
    .option('--resamples <n>', 'for the 95 % intervals', integerFlag(1, 1_000_000), 1000)
    .option('--seed <n>', 'of the resampling', integerFlag(0, 0xffff_ffff), 0)
    .option('-o, --output <file>', 'write the result here too, as JSON');
}
