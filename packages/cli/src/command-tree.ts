import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandContext } from './command-shape.ts';

type Load = (context: CommandContext) => Promise<CommandUnknownOpts>;

/**
 * The commands by the first word of the command line, in the order of the help: a command each, or a group of them. Each
 * loads its own flags, and later its action, when it is wanted.
 */
const COMMANDS: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['init', async () => (await import('./commands/init.ts')).init()],
  ['train', async (context) => (await import('./commands/train.ts')).train(context)],
  ['export', async (context) => (await import('./commands/export.ts')).exportModel(context)],
  ['registry', async (context) => (await import('./commands/registry.ts')).registry(context)],
  ['regenerate', async (context) => (await import('./commands/regenerate.ts')).regenerate(context)],
  ['score', async (context) => (await import('./commands/score.ts')).score(context)],
  ['serve', async (context) => (await import('./commands/serve.ts')).serve(context)],
  ['view', async (context) => (await import('./commands/view.ts')).view(context)],
  ['dataset', async (context) => (await import('./commands/dataset.ts')).dataset(context)],
  ['features', async (context) => (await import('./commands/features.ts')).features(context)],
  ['corpus', async (context) => (await import('./commands/corpus.ts')).corpus(context)],
  ['evaluate', async (context) => (await import('./commands/evaluate.ts')).evaluate(context)],
  ['bapps', async (context) => (await import('./commands/bapps.ts')).bapps(context)],
  ['weights', async (context) => (await import('./commands/weights.ts')).weights(context)],
  ['audit', async (context) => (await import('./commands/audit.ts')).audit(context)],
  ['provenance', async (context) => (await import('./commands/provenance.ts')).provenance(context)],
  ['compare', async (context) => (await import('./commands/compare.ts')).compare(context)],
  ['sweep', async (context) => (await import('./commands/sweep.ts')).sweep(context)],
  ['report', async (context) => (await import('./commands/report.ts')).report(context)],
]);

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
    for (const each of [command, ...allCommands(command)])
      if (each.parent !== null) each.copyInheritedSettings(each.parent);
  }
}

/** Every command below a command, itself not. */
export function allCommands(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}
