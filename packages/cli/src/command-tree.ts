import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandContext } from './command-shape.ts';

type Load = (context: CommandContext) => Promise<CommandUnknownOpts>;

/**
 * The commands by the first word of the command line, in the order of the help: a command each, or a group of them. Each
 * loads its own flags, and later its action, when it is wanted.
 */
const COMMANDS: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['init', async () => (await import('./commands/init.ts')).init()],
  [
    // a command and a group: `train lpips`
    'train',
    async (context) =>
      ((await import('./commands/train.ts')).train(context) as unknown as CommandUnknownOpts).addCommand(
        (await import('./commands/train-lpips.ts')).trainLpips(context),
      ),
  ],
  [
    'export',
    async (context) =>
      group('export', 'write a model file from trained parameters', [
        (await import('./commands/export-fr-regressor.ts')).exportRegressor(context),
        (await import('./commands/export-lpips.ts')).exportLpips(context),
      ]),
  ],
  [
    'registry',
    async (context) =>
      group('registry', 'the pinned models', [
        (await import('./commands/registry-verify.ts')).registryVerify(context),
        (await import('./commands/registry-list.ts')).registryList(context),
        (await import('./commands/registry-show.ts')).registryShow(context),
        (await import('./commands/registry-export.ts')).registryExport(context),
        (await import('./commands/registry-import.ts')).registryImport(context),
        (await import('./commands/registry-keygen.ts')).registryKeygen(),
        (await import('./commands/registry-sign.ts')).registrySign(context),
        (await import('./commands/registry-history.ts')).registryHistory(context),
        (await import('./commands/registry-rollback.ts')).registryRollback(context),
        (await import('./commands/registry-remove.ts')).registryRemove(context),
        (await import('./commands/registry-diff.ts')).registryDiff(context),
        (await import('./commands/registry-prune.ts')).registryPrune(context),
      ]),
  ],
  ['regenerate', async (context) => (await import('./commands/regenerate.ts')).regenerate(context)],
  ['score', async (context) => (await import('./commands/score.ts')).score(context)],
  ['serve', async (context) => (await import('./commands/serve.ts')).serve(context)],
  ['view', async (context) => (await import('./commands/view.ts')).view(context)],
  [
    'dataset',
    async (context) =>
      group('dataset', 'what tables and judgements hold, and whose they are', [
        (await import('./commands/dataset-describe.ts')).datasetDescribe(context),
      ]),
  ],
  [
    'features',
    async (context) =>
      group('features', 'feature tables, and the teachers that label them', [
        (await import('./commands/features-extract.ts')).featuresExtract(context),
        (await import('./commands/features-import.ts')).featuresImport(context),
        (await import('./commands/features-label.ts')).featuresLabel(context),
        (await import('./commands/features-probe.ts')).featuresProbe(context),
      ]),
  ],
  [
    'corpus',
    async (context) =>
      group('corpus', 'from a folder of clips to a training table, on one machine or many', [
        (await import('./commands/corpus-describe.ts')).corpusDescribe(context),
        (await import('./commands/corpus-encode.ts')).corpusEncode(context),
        (await import('./commands/corpus-run.ts')).corpusRun(context),
        (await import('./commands/corpus-worker.ts')).corpusWorker(context),
        (await import('./commands/corpus-assemble.ts')).corpusAssemble(context),
        (await import('./commands/corpus-status.ts')).corpusStatus(context),
        (await import('./commands/corpus-retry.ts')).corpusRetry(context),
      ]),
  ],
  ['evaluate', async (context) => (await import('./commands/evaluate.ts')).evaluate(context)],
  [
    'bapps',
    async (context) =>
      group('bapps', 'human judgements of similarity: the BAPPS dataset', [
        (await import('./commands/bapps-pull.ts')).bappsPull(context),
        (await import('./commands/bapps-mini.ts')).bappsMini(context),
        (await import('./commands/bapps-verify.ts')).bappsVerify(context),
      ]),
  ],
  [
    'weights',
    async (context) =>
      group('weights', 'weights of others that models are made from', [
        (await import('./commands/weights-pull.ts')).weightsPull(context),
      ]),
  ],
  ['audit', async (context) => (await import('./commands/audit.ts')).audit(context)],
  [
    'provenance',
    async (context) =>
      group('provenance', 'what documents say about how they were made', [
        (await import('./commands/provenance-verify.ts')).provenanceVerify(context),
      ]),
  ],
  ['compare', async (context) => (await import('./commands/compare.ts')).compare(context)],
  ['sweep', async (context) => (await import('./commands/sweep.ts')).sweep(context)],
  ['report', async (context) => (await import('./commands/report.ts')).report(context)],
]);

function group(
  name: string,
  description: string,
  commands: readonly CommandUnknownOpts[],
): CommandUnknownOpts {
  const command = new Command(name).description(description) as unknown as CommandUnknownOpts;
  for (const child of commands) command.addCommand(child);
  return command;
}

/**
 * Adds commands to a program that does not have them yet. A first word that is none of them adds them all: for help, and
 * for what was meant instead.
 *
 * @param words first words of command lines
 */
export async function addCommands(
  program: CommandUnknownOpts,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  const wanted = words.every((word) => COMMANDS.has(word)) ? new Set(words) : new Set(COMMANDS.keys());
  for (const command of program.commands) wanted.delete(command.name());
  for (const word of wanted) {
    const command = await (COMMANDS.get(word) as Load)(context);
    program.addCommand(command);
    for (const each of [command, ...allCommands(command)]) inherit(each);
  }
}

/** Every command below a command, itself not. */
export function allCommands(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}

function inherit(command: CommandUnknownOpts): void {
  if (command.parent !== null) command.copyInheritedSettings(command.parent);
}
