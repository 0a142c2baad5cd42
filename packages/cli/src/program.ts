import { readFileSync } from 'node:fs';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandContext } from './command-shape.ts';
import { addCommands } from './command-tree.ts';
import { applyDefaults } from './flag-defaults.ts';
import { Place } from './place.ts';

/**
 * The program with the commands that a command line needs: that of its first word, or all when that is none, as in
 * `vqforge --help`. Actions load when they run.
 */
export async function buildProgram(
  signal: AbortSignal,
  argv: readonly string[],
): Promise<CommandUnknownOpts> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  let find: () => Place = () => {
    throw new Error('the place is asked for before the command line is read');
  };
  const context: CommandContext = {
    signal,
    argv,
    get place() {
      return find();
    },
    version,
  };
  const program = new Command('vqforge')
    .description('Retrain, export, pin, audit and serve tiny perceptual video-quality models.')
    .version(version)
    // a flag behind a command is the command's: `export lpips --version` is that of LPIPS
    .enablePositionalOptions()
    .helpOption(isOfVmaf(argv) ? '--help' : '-h, --help')
    .exitOverride()
    // errors are printed in one place, exit-codes.ts
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 findings or failed verification, 2 usage or unreadable input or output,\n3 the ship gate refused, 4 internal error, 129/130/143 interrupted.',
    ) as unknown as CommandUnknownOpts;
  await addCommands(program, [argv[0] ?? 'help'], context);
  program.hook('preSubcommand', async () => {
    try {
      const place = await Place.find({ argv, environment: process.env, cwd: process.cwd() });
      const defaults = place.found?.defaults ?? new Map();
      // defaults of other commands are checked too
      await addCommands(program, [...defaults.keys()].map(firstWord), context);
      applyDefaults(program, defaults);
      find = () => place;
    } catch (error) {
      // help, and the commands that need no place, work all the same
      find = () => {
        throw error;
      };
    }
  });
  return program;
}

/** Whether flags stand before any command, with vmaf's height among them: `-h 216` asks for no help. */
function isOfVmaf(argv: readonly string[]): boolean {
  return (
    argv[0]?.startsWith('-') === true &&
    argv.some((flag, i) => flag === '-h' && /^\d/.test(argv[i + 1] ?? ''))
  );
}

function firstWord(command: string): string {
  return command.split(' ', 1)[0] as string;
}
