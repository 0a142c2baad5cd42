import type { Defined } from '@vqforge/base';
import { Command, type CommandUnknownOpts, Option, type OptionValues } from '@commander-js/extra-typings';
import type { Place } from './place.ts';

/** The surroundings of a command: what it gets beside its flags. */
export interface CommandContext {
  readonly signal: AbortSignal;
  readonly argv: readonly string[];
  /** Where files are found and left. Throws what is wrong with the workspace, once it is asked for. */
  readonly place: Place;
  readonly version: string;
}

/** A command line that works as it stands, with what it is for. */
interface Example {
  readonly what: string;
  readonly line: string;
}

/** The values of a command's flags, by their names in camel case. A flag that was not given is no property at all. */
export type FlagsOf<C> =
  C extends Command<infer _Args, infer Values, infer _Global> ? Defined<Values> : never;

const EXAMPLES = new WeakMap<object, readonly Example[]>();

/** The examples of a command, for its help and for the documents. */
export function examplesOf(command: CommandUnknownOpts): readonly Example[] {
  return EXAMPLES.get(command) ?? [];
}

/** The heading of the flags that every command has. */
export const EVERYWHERE = 'Every command:';

/**
 * Completes a command: flags on how it speaks (a result on stdout, progress on stderr), and its examples, each a
 * comment and a line, below its help.
 */
export function complete<Args extends unknown[], Values extends OptionValues, Global extends OptionValues>(
  command: Command<Args, Values, Global>,
  examples: readonly (readonly [what: string, line: string])[],
) {
  const named = examples.map(([what, line]) => ({ what, line }));
  EXAMPLES.set(command, named);
  const lines = named.flatMap(({ what, line }) => [`  # ${what}`, `  $ ${line}`]);
  return command
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
    .addOption(
      new Option(
        '--workspace <folder>',
        'instead of VQFORGE_WORKSPACE, or the nearest folder upwards with a vqforge.json',
      ).helpGroup(EVERYWHERE),
    )
    .addOption(new Option('--json', 'machine-readable result and errors').helpGroup(EVERYWHERE))
    .addOption(new Option('--quiet', 'no progress').helpGroup(EVERYWHERE))
    .addOption(new Option('--verbose', 'stack traces with errors').helpGroup(EVERYWHERE));
}

/** A command that is only a name for those below it. */
export function group(
  name: string,
  description: string,
  commands: readonly CommandUnknownOpts[],
): CommandUnknownOpts {
  const command: CommandUnknownOpts = new Command(name).description(description);
  for (const child of commands) command.addCommand(child);
  return command;
}
