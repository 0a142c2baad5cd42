import { readFileSync } from 'node:fs';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandContext } from './command-shape.ts';
import { audit } from './commands/audit.ts';
import { bappsMini } from './commands/bapps-mini.ts';
import { bappsPull } from './commands/bapps-pull.ts';
import { bappsVerify } from './commands/bapps-verify.ts';
import { datasetDescribe } from './commands/dataset-describe.ts';
import { compare } from './commands/compare.ts';
import { evaluate } from './commands/evaluate.ts';
import { exportRegressor } from './commands/export-fr-regressor.ts';
import { exportLpips } from './commands/export-lpips.ts';
import { featuresExtract } from './commands/features-extract.ts';
import { featuresImport } from './commands/features-import.ts';
import { featuresLabel } from './commands/features-label.ts';
import { featuresProbe } from './commands/features-probe.ts';
import { init } from './commands/init.ts';
import { provenanceVerify } from './commands/provenance-verify.ts';
import { regenerate } from './commands/regenerate.ts';
import { registryDiff } from './commands/registry-diff.ts';
import { registryExport } from './commands/registry-export.ts';
import { registryHistory } from './commands/registry-history.ts';
import { registryImport } from './commands/registry-import.ts';
import { registryKeygen } from './commands/registry-keygen.ts';
import { registryList } from './commands/registry-list.ts';
import { registryPrune } from './commands/registry-prune.ts';
import { registryRemove } from './commands/registry-remove.ts';
import { registryRollback } from './commands/registry-rollback.ts';
import { registryShow } from './commands/registry-show.ts';
import { registrySign } from './commands/registry-sign.ts';
import { registryVerify } from './commands/registry-verify.ts';
import { report } from './commands/report.ts';
import { score } from './commands/score.ts';
import { serve } from './commands/serve.ts';
import { sweep } from './commands/sweep.ts';
import { train } from './commands/train.ts';
import { trainLpips } from './commands/train-lpips.ts';
import { weightsPull } from './commands/weights-pull.ts';
import { applyDefaults } from './flag-defaults.ts';
import { Place } from './place.ts';

/** The command tree. Each command's action loads when it runs, so `--help` loads nothing else. */
export function buildProgram(signal: AbortSignal, argv: readonly string[]): CommandUnknownOpts {
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
    // `-h 216` is vmaf's height, as the first argument too
    .helpOption(/^\d/.test(argv[1] ?? '') ? '--help' : '-h, --help')
    .exitOverride()
    // errors are printed in one place, exit-codes.ts
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 findings or failed verification, 2 usage or unreadable input or output,\n3 the ship gate refused, 4 internal error, 129/130/143 interrupted.',
    ) as unknown as CommandUnknownOpts;
  for (const command of commandTree(context)) program.addCommand(command);
  for (const command of allCommands(program)) inherit(command);
  program.hook('preSubcommand', async () => {
    try {
      const place = await Place.find({ argv, environment: process.env, cwd: process.cwd() });
      applyDefaults(program, place.found?.defaults ?? new Map());
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

/** In the order of the help. `train` is a command and a group: `train lpips`. */
function commandTree(context: CommandContext): CommandUnknownOpts[] {
  return [
    init(),
    (train(context) as unknown as CommandUnknownOpts).addCommand(trainLpips(context)),
    group('export', 'write a model file from trained parameters', [
      exportRegressor(context),
      exportLpips(context),
    ]),
    group('registry', 'the pinned models', [
      registryVerify(context),
      registryList(context),
      registryShow(context),
      registryExport(context),
      registryImport(context),
      registryKeygen(),
      registrySign(context),
      registryHistory(context),
      registryRollback(context),
      registryRemove(context),
      registryDiff(context),
      registryPrune(context),
    ]),
    regenerate(context),
    score(context),
    serve(context),
    group('dataset', 'what tables and judgements hold, and whose they are', [datasetDescribe(context)]),
    group('features', 'feature tables, and the teachers that label them', [
      featuresExtract(context),
      featuresImport(context),
      featuresLabel(context),
      featuresProbe(context),
    ]),
    evaluate(context),
    group('bapps', 'human judgements of similarity: the BAPPS dataset', [
      bappsPull(context),
      bappsMini(context),
      bappsVerify(context),
    ]),
    group('weights', 'weights of others that models are made from', [weightsPull(context)]),
    audit(context),
    group('provenance', 'what documents say about how they were made', [provenanceVerify(context)]),
    compare(context),
    sweep(context),
    report(context),
  ];
}

function group(
  name: string,
  description: string,
  commands: readonly CommandUnknownOpts[],
): CommandUnknownOpts {
  const command = new Command(name).description(description) as unknown as CommandUnknownOpts;
  for (const child of commands) command.addCommand(child);
  return command;
}

/** Every command below a command, itself not. */
export function allCommands(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}

function inherit(command: CommandUnknownOpts): void {
  if (command.parent !== null) command.copyInheritedSettings(command.parent);
}
