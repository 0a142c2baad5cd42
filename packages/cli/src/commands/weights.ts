import { defined } from '@vqforge/base';
import { Argument, Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, group } from '../command-shape.ts';
import { urlsFlag } from '../flag-values.ts';

const pull = () =>
  complete(
    new Command('pull')
      .description(
        'bring pinned files into the cache, trunk and heads of a net or the model file of a teacher: what is there stays, then folders, then servers',
      )
      .addArgument(
        new Argument('[what...]', 'nets, all of them, or teachers (default: squeeze)').choices([
          'squeeze',
          'alex',
          'vgg',
          'all',
          'vmaf_v0.6.1',
          'vmaf_v0.6.1neg',
        ]),
      )
      .addOption(
        new Option('--heads-version <version>', 'of the heads').choices(['0.1', '0.0']).default('0.1'),
      )
      .option('--from <folder...>', 'look here before downloading; files are known by their content')
      .option('--offline', 'download nothing')
      .option('--mirror <url...>', 'servers to ask first, for <url>/<file>', urlsFlag)
      .option('--cache <folder>', 'where they go (default: VQFORGE_WEIGHTS_CACHE, ~/.cache/vqforge/weights)'),
    [
      ['what export lpips needs, 5 MB', 'vqforge weights pull'],
      ['the teacher that labels tables and probes, 20 kB', 'vqforge weights pull vmaf_v0.6.1'],
      ['from a folder, without a network', 'vqforge weights pull all --from ~/weights --offline'],
    ],
  );

export type WeightsPullFlags = FlagsOf<ReturnType<typeof pull>>;

/** `vqforge weights`. */
export const weights = (context: CommandContext) =>
  group('weights', 'weights of others that models are made from', [
    pull().action(async (nets, flags) =>
      (await import('../actions/weights-pull.ts')).pullCommand(nets, defined(flags), context),
    ),
  ]);
