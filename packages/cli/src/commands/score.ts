import { defined } from '@vqforge/base';
import { Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf } from '../command-shape.ts';
import { integerFlag } from '../flag-values.ts';
import { featureFlag } from '../feature-flag.ts';
import { teacherFlag } from '../teacher-flag.ts';
import { floorFlag } from '../score-gate.ts';
import {
  clipCommand,
  engineOption,
  forceOption,
  motionOption,
  registryOption,
  threadsOption,
  unregisteredOption,
} from '../shared-options.ts';

const MATRICES = ['bt601', 'bt709', 'bt2020'] as const;
const RANGES = ['limited', 'full'] as const;

/** Libvmaf's and lusoris/vmaf's names of flags, with ours where they have none. */
const declare = () =>
  complete(
    clipCommand('score', 'score distorted clips or images against their reference, frame by frame')
      .addOption(
        new Option('--matrix <name>', 'of YCbCr, both sides (default: the file’s tags, else bt709)').choices(
          MATRICES,
        ),
      )
      .addOption(new Option('--ref-matrix <name>', 'of the reference alone').choices(MATRICES))
      .addOption(new Option('--dist-matrix <name>', 'of the distorted alone').choices(MATRICES))
      .addOption(
        new Option(
          '--range <name>',
          'of YCbCr, both sides (default: what the file says, else limited)',
        ).choices(RANGES),
      )
      .addOption(new Option('--ref-range <name>', 'of the reference alone').choices(RANGES))
      .addOption(new Option('--dist-range <name>', 'of the distorted alone').choices(RANGES))
      .option('--strict', 'refuse clips with colour tags that LPIPS cannot honour, instead of a warning')
      .option('--scale', "bring smaller renditions to the reference's size, by ffmpeg's bicubic scaler")
      .option('--still', 'score images as clips of one frame, without motion, instead of by LPIPS')
      .addOption(new Option('--compat <name>', "lusoris/vmaf's colour, bit for bit").choices(['fork']))
      .option(
        '--feature <name[:key=value]>',
        'add lpips, lpips:model_path=FILE (or lpips=model_path=FILE), or psnr',
        featureFlag,
      )
      .option('--feature_params <name:key=value>', 'options of a feature, in their own flag', featureFlag)
      .option(
        '-m, --model <spec>',
        'add a score of libvmaf: version=ID or path=FILE, then :name=NAME, :disable_clip, :enable_transform',
        teacherFlag,
      )
      .addOption(motionOption())
      .option(
        '--tiny-model <id>',
        'model to score with (default: fr_regressor_v1): an id of the registry, or a file',
      )
      .option('--tiny-device <name>', 'auto, cpu, cuda, webgpu, coreml, dml, …', 'auto')
      .option('--device-fallback', 'use the CPU where the device does not work, instead of failing')
      .addOption(engineOption())
      .addOption(unregisteredOption())
      .addOption(registryOption())
      .option(
        '--features-from <file...>',
        'features that are measured already: libvmaf log (JSON, XML, CSV) or parquet table',
      )
      .option('--vmaf-bin <file>', 'or the vmaf binary that measures them, instead of vqforge')
      .addOption(threadsOption())
      .option('--ort-threads <n>', 'threads of ONNX Runtime (default: one per core)', integerFlag(1, 1024))
      .option('--csv', "libvmaf's CSV instead of its JSON")
      .option('--xml', "libvmaf's XML instead of its JSON")
      .option(
        '--fail-below <metric=value...>',
        'exit 1 where the mean is worse: a score that is lower, a distance (lpips) that is higher',
        floorFlag,
      )
      .option(
        '--pairs <file>',
        'score a list: a reference and a distorted clip per line, separated by a tab, in a .csv by a comma',
      )
      .option(
        '-o, --output <file>',
        'write the scores here instead of to standard output, as .json, .csv or .xml (default: JSON)',
      )
      .addOption(forceOption()),
    [
      ['two clips: the score of fr_regressor_v1', 'vqforge score -r ref.y4m -d dist.y4m -o scores.json'],
      ['LPIPS beside it', 'vqforge score -r ref.y4m -d dist.y4m --feature lpips -o scores.json'],
      [
        "libvmaf's own score beside it",
        'vqforge score -r ref.y4m -d dist.y4m --model version=vmaf_v0.6.1 -o scores.json',
      ],
      [
        'by the regressor, with features that vmaf measured',
        'vqforge score --tiny-model fr_regressor_v1 --features-from vmaf.json',
      ],
      ['an SD rendition of an HD reference', 'vqforge score -r hd.mp4 -d sd.mp4 --scale --dist-matrix bt601'],
      [
        'raw YUV, with the short flags of vmaf',
        'vqforge score -r ref.yuv -d dist.yuv -w 384 -h 216 -p 420 -b 8 -o scores.json',
      ],
      [
        'a check in CI: exit 1 where the distance is more than 0.15',
        'vqforge score -r ref.mp4 -d dist.mp4 --feature lpips --fail-below lpips=0.15 -o scores.json',
      ],
      ['a list of pairs, a row of means each', 'vqforge score --pairs pairs.csv -o scores.csv'],
      ['a ladder of renditions', 'vqforge score -r ref.mp4 -d low.mp4 mid.mp4 high.mp4'],
    ],
  );

export type ScoreFlags = FlagsOf<ReturnType<typeof declare>>;

/** `vqforge score`. */
export const score = (context: CommandContext) =>
  declare().action(async (flags) =>
    (await import('../actions/score.ts')).scoreCommand(defined(flags), context),
  );
