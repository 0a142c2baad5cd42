import { type Command, Option } from 'commander';
import { integerFlag } from './flag-values.ts';
import type { CommandContext } from './program.ts';
import { lpipsFlag } from './score-features.ts';

/** The flags of `vqforge score`: libvmaf's and the reference system's names, with ours where they have none. */
export function addScore(program: Command, context: CommandContext): void {
  const command = program
    .command('score')
    .description('score distorted clips or images against their reference, frame by frame');
  inputs(command);
  models(command);
  frames(command);
  output(command);
  command.action(async (flags) => (await import('./score-command.ts')).scoreCommand(flags, context));
}

function inputs(command: Command): void {
  command
    .option('-r, --reference <file>', 'Y4M, raw YUV, image, anything ffmpeg reads, or - for standard input')
    .option('-d, --distorted <file...>', 'the same; several are a ladder of renditions of one reference')
    .option('-w, --width <n>', 'of raw YUV', integerFlag(1, 65_535))
    .option('--height <n>', 'of raw YUV', integerFlag(1, 65_535))
    .addOption(
      new Option('-p, --pixel_format <name>', 'of raw YUV: its chroma').choices(['400', '420', '422', '444']),
    )
    .addOption(new Option('-b, --bitdepth <n>', 'of raw YUV').choices(['8', '10', '12', '16']))
    .addOption(
      new Option('--matrix <name>', 'of YCbCr (default: bt709)').choices(['bt601', 'bt709', 'bt2020']),
    )
    .addOption(
      new Option('--range <name>', 'of YCbCr (default: what the file says, else limited)').choices([
        'limited',
        'full',
      ]),
    )
    .addOption(new Option('--compat <name>', "the reference system's colour, bit for bit").choices(['fork']));
}

function models(command: Command): void {
  command
    .option(
      '--feature <name[:key=value]>',
      'lpips (default), lpips:model_path=FILE or lpips=model_path=FILE',
      lpipsFlag,
    )
    .option('--feature_params <name:key=value>', 'options of a feature, in their own flag', lpipsFlag)
    .option('--tiny-model <id>', 'model to score with: an id of the registry, or a file')
    .option('--tiny-device <name>', 'auto, cpu, cuda, webgpu, coreml, dml, …', 'auto')
    .option('--device-fallback', 'use the CPU where the device does not work, instead of failing')
    .addOption(
      new Option('--engine <name>', 'ONNX Runtime to use: its native binding or WebAssembly').choices([
        'native',
        'wasm',
      ]),
    )
    .option('--allow-unregistered', 'take a model file that no registry.json beside it pins')
    .option('--registry <path>', 'registry.json or its folder (default: model/tiny)')
    .option(
      '--features-from <file...>',
      'features for a regressor: libvmaf log (JSON, XML, CSV) or parquet table',
    )
    .option('--vmaf-bin <file>', 'or the vmaf binary that computes them from the clips')
    .option('--threads <n>', 'threads of ONNX Runtime (default: one per core)', integerFlag(1, 1024));
}

function frames(command: Command): void {
  command
    .option('--subsample <n>', 'score every n-th frame', integerFlag(1, 1_000_000), 1)
    .option('--frame_cnt <n>', 'frames to read at most', integerFlag(1, 2 ** 31 - 1))
    .option(
      '--frame_skip_ref <n>',
      'frames of the reference to leave out first',
      integerFlag(0, 2 ** 31 - 1),
      0,
    )
    .option(
      '--frame_skip_dist <n>',
      'frames of the distorted to leave out first',
      integerFlag(0, 2 ** 31 - 1),
      0,
    );
}

function output(command: Command): void {
  command
    .option('--csv', "libvmaf's CSV instead of its JSON")
    .option('--xml', "libvmaf's XML instead of its JSON")
    .option('-o, --output <file>', 'write the scores here instead of to standard output');
}
