import { defined } from '@vqforge/base';
import { Command } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, group } from '../command-shape.ts';

const verify = () =>
  complete(
    new Command('verify')
      .description('check the run_provenance block of a document against the files it names')
      .argument('<file>', 'a sidecar, a metrics file, or another document with such a block')
      .option('--root <folder>', 'what its paths are relative to (default: this repository)'),
    [['the evidence of the pinned run', 'vqforge provenance verify runs/fr_regressor_v1/metrics.json']],
  );

export type ProvenanceVerifyFlags = FlagsOf<ReturnType<typeof verify>>;

/** `vqforge provenance`. */
export const provenance = (context: CommandContext) =>
  group('provenance', 'what documents say about how they were made', [
    verify().action(async (file, flags) =>
      (await import('../actions/provenance-verify.ts')).provenanceVerifyCommand(
        file,
        defined(flags),
        context,
      ),
    ),
  ]);
