import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { integerFlag, numberFlag } from './flag-values.ts';
import { addBapps } from './bapps-options.ts';
import { addEvaluate } from './evaluate-options.ts';
import { addFeatures } from './features-options.ts';
import { addExportLpips } from './lpips-options.ts';
import { addScore } from './score-options.ts';
import { addServe } from './serve-options.ts';
import { addTrainLpips } from './train-lpips-options.ts';
import { addWeights } from './weights-options.ts';

/** What every command gets beside its flags. */
export interface CommandContext {
  readonly signal: AbortSignal;
  readonly argv: readonly string[];
  /** Repository root: where the defaults live. */
  readonly root: string;
  readonly version: string;
}

/** How a command speaks: a result on stdout, progress on stderr. */
export interface SpeechFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The command tree. Actions import their command when they run, so `--help` loads nothing else. */
export function buildProgram(signal: AbortSignal, argv: readonly string[]): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const context: CommandContext = {
    signal,
    argv,
    root: fileURLToPath(new URL('../../../', import.meta.url)),
    version,
  };
  const program = new Command('vqforge')
    .description('Retrain, export, pin, audit and serve tiny perceptual video-quality models.')
    .version(version)
    // `export lpips --version` is that of LPIPS
    .enablePositionalOptions()
    .exitOverride()
    // errors are printed in one place, exit-codes.ts
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 findings or failed verification, 2 usage or unreadable input or output,\n3 the ship gate refused, 4 internal error, 130/143 interrupted.',
    );
  addTrain(program, context);
  addExport(program, context);
  addRegistry(program, context);
  addRegenerate(program, context);
  addScore(program, context);
  addServe(program, context);
  addFeatures(program, context);
  addEvaluate(program, context);
  addBapps(program, context);
  addWeights(program, context);
  addAudit(program, context);
  addReport(program, context);
  for (const command of allCommands(program)) {
    command.exitOverride();
    // `train` is a command and a group: `train lpips`
    if (command.commands.length === 0 || command.registeredArguments.length > 0) speech(command);
  }
  return program;
}

function addTrain(program: Command, context: CommandContext): void {
  const command = program
    .command('train')
    .description('retrain a model from a feature table: leave-one-source-out, ship gate, export, pin')
    .addArgument(
      program.createArgument('[model]', 'what to train').choices(['fr-regressor']).default('fr-regressor'),
    )
    .option(
      '--parquet <path...>',
      'feature table: files, folders or globs (default: datasets/open9/open9_features.parquet)',
    )
    .addOption(
      new Option('--features <set>', 'feature set')
        .choices(['canonical6', 'A', 'B', 'full'])
        .default('canonical6'),
    )
    .option('--feature-columns <a,b,c>', 'feature columns by name, in order, instead of a set', list)
    .option('--teacher-column <name>', 'column with the teacher scores', 'vmaf')
    .option('--drop-invalid', 'drop rows with null, NaN or infinite values instead of refusing the table')
    .addOption(
      new Option('--recipe <name>', 'how to train').choices(['standard', 'reference']).default('standard'),
    )
    .option('--epochs <n>', 'passes over the rows (default: the recipe)', integerFlag(1, 1_000_000))
    .option('--batch-size <n>', 'rows per step (default: the recipe)', integerFlag(1, 65_536))
    .option('--lr <x>', 'peak learning rate (default: the recipe)', numberFlag)
    .option('--weight-decay <x>', 'decoupled weight decay (default: the recipe)', numberFlag)
    .option('--seed <n>', 'seed of every random number', integerFlag(0, 0xffff_ffff), 0)
    .option('--ship-threshold <x>', 'mean PLCC needed to ship', numberFlag, 0.95)
    .addOption(
      new Option('--engine <name>', 'wasm is bit-reproducible, native is faster')
        .choices(['wasm', 'native'])
        .default('wasm'),
    )
    .option(
      '--workers <n>',
      'training threads (default: one per core, at most one per fold)',
      integerFlag(1, 256),
    )
    .option('--out-onnx <file>', 'model file (default: model/tiny/fr_regressor_v1.onnx)')
    .option('--out-sidecar <file>', 'its sidecar (default: beside the model)')
    .option('--registry <file>', 'registry that pins it (default: registry.json beside the model)')
    .option('--metrics-out <file>', 'evidence of the run (default: runs/<run-id>/metrics.json)')
    .option('--no-export', 'evaluate only, never ship')
    .option(
      '--keep-predictions',
      'with --no-export: write every held-out prediction beside the metrics, for `report`',
    );
  command.action(async (_model: string, flags) =>
    (await import('./train-command.ts')).trainCommand(flags, context),
  );
  // a flag behind `lpips` is its own
  addTrainLpips(command.enablePositionalOptions(), context);
}

function addExport(program: Command, context: CommandContext): void {
  const group = program.command('export').description('write a model file from trained parameters');
  group
    .command('fr-regressor')
    .description('export and pin the checkpoint of a run, byte for byte what its training published')
    .option(
      '--run <folder>',
      'run folder with checkpoint.json and metrics.json (default: runs/fr_regressor_v1)',
    )
    .option(
      '--parquet <path...>',
      'the table it was trained on, for parity (default: datasets/open9/open9_features.parquet)',
    )
    .option('--out-onnx <file>', 'model file (default: model/tiny/fr_regressor_v1.onnx)')
    .option('--out-sidecar <file>', 'its sidecar (default: beside the model)')
    .option('--registry <file>', 'registry that pins it (default: registry.json beside the model)')
    .action(async (flags) => (await import('./export-command.ts')).exportRegressorCommand(flags, context));
  addExportLpips(group, context);
}

function addRegistry(program: Command, context: CommandContext): void {
  const group = program.command('registry').description('the pinned models');
  const registry = (name: string, description: string): Command =>
    group
      .command(name)
      .description(description)
      .option('--registry <path>', 'registry.json or its folder (default: model/tiny)');
  registry('verify', 'check every pinned byte, or those of the given models')
    .argument('[id...]')
    .option('--key <file>', 'public key: check the signatures that there are')
    .option('--require-signature', 'fail a model that is not signed')
    .action(async (ids: string[], flags) =>
      (await import('./registry-commands.ts')).verifyCommand(ids, flags, context),
    );
  registry('list', 'one line per pinned model').action(async (flags) =>
    (await import('./registry-commands.ts')).listCommand(flags, context),
  );
  registry('show', 'one entry, whole')
    .argument('<id>')
    .action(async (id: string, flags) =>
      (await import('./registry-commands.ts')).showCommand(id, flags, context),
    );
  registry('export', 'print the registry in an older schema, for other tools')
    .addOption(new Option('--schema-version <n>', 'schema to write').choices(['1']).default('1'))
    .action(async (flags) => (await import('./registry-commands.ts')).exportCommand(flags, context));
  registry('import', 'take a model over from another registry, verified there and pinned here')
    .argument('<id>')
    .requiredOption('--from <path>', 'registry.json or its folder to take it from')
    .option('--inline-external-data', 'bring weights from other files inside, under a new digest')
    .option('--sidecar <file>', 'JSON with the facts that the source does not state')
    .option('--key <file>', 'public key: check the signature there')
    .option('--require-signature', 'refuse a model that is not signed there')
    .action(async (id: string, flags) =>
      (await import('./attestation-commands.ts')).importCommand(id, flags, context),
    );
  group
    .command('keygen')
    .description('make an Ed25519 key pair for signing')
    .requiredOption('--out <file>', 'private key; the public one is written beside it as <file>.pub')
    .action(async (flags) => (await import('./attestation-commands.ts')).keygenCommand(flags));
  registry('sign', 'attest how a pinned model was made, in a signed bundle that the registry names')
    .argument('<id>')
    .requiredOption('--key <file>', 'private key')
    .option('--source-commit <hex>', 'commit of the sources that made it')
    .option('--environment <file>', 'environment.json of the run that made it')
    .option('--builder-id <uri>', 'who made it (default: urn:vqforge:builder:local)')
    .action(async (id: string, flags) =>
      (await import('./attestation-commands.ts')).signCommand(id, flags, context),
    );
}

function addAudit(program: Command, context: CommandContext): void {
  program
    .command('audit')
    .description('check models, datasets and runs against what they say of each other')
    .option('--root <folder>', 'folder with model/, datasets/ and runs/ (default: this repository)')
    .option('--policy <file>', 'JSON {"require": […], "expires"?: "YYYY-MM-DD"}')
    .option('--key <file>', 'public key: check the signatures that there are')
    .option('--lineage <id>', 'print what a model was made from, as a tree')
    .option('--previous <path>', 'folder with the previous models: warn when feature statistics drifted')
    .option('--private-names <a,b>', 'words that must occur nowhere, such as user and host names', list)
    .action(async (flags) => (await import('./audit-command.ts')).auditCommand(flags, context));
  program
    .command('provenance')
    .description('what documents say about how they were made')
    .command('verify')
    .description('check the run_provenance block of a document against the files it names')
    .argument('<file>')
    .option('--root <folder>', 'what its paths are relative to (default: this repository)')
    .action(async (file: string, flags) =>
      (await import('./provenance-command.ts')).provenanceVerifyCommand(file, flags, context),
    );
}

function addRegenerate(program: Command, context: CommandContext): void {
  program
    .command('regenerate')
    .description('rebuild pinned models from the inputs their provenance names, and compare byte for byte')
    .argument('[id...]')
    .option('--check', 'compare only, write nothing')
    .option('--from <folder...>', 'folders with inputs, found by content digest')
    .option('--registry <path>', 'registry.json or its folder (default: model/tiny)')
    .action(async (ids: string[], flags) =>
      (await import('./regenerate-command.ts')).regenerateCommand(ids, flags, context),
    );
}

function addReport(program: Command, context: CommandContext): void {
  program
    .command('report')
    .description('what a run or an evaluation measured, as one HTML page without network or scripts')
    .argument('<run>', 'folder of a run, its metrics file or that of an evaluation, or a name in runs/')
    .option('--out <file>', 'the page (default: report.html beside the metrics)')
    .option('--dataset <folder>', 'BAPPS folder of an evaluation, to show where people see it the other way')
    .action(async (run: string, flags) =>
      (await import('./report-command.ts')).reportCommand(run, flags, context),
    );
}

function speech(command: Command): void {
  command
    .option('--json', 'machine-readable result and errors')
    .option('--quiet', 'no progress')
    .option('--verbose', 'stack traces with errors');
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}

function list(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === ''))
    throw new InvalidArgumentError('expected names separated by commas.');
  return names;
}
