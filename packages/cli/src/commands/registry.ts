import { defined } from '@vqforge/base';
import { Command, Option } from '@commander-js/extra-typings';
import { type CommandContext, complete, type FlagsOf, group } from '../command-shape.ts';
import { integerFlag } from '../flag-values.ts';
import {
  forceOption,
  keyOption,
  ownRegistryOption,
  registryOption,
  replaceOption,
} from '../shared-options.ts';

const verify = () =>
  complete(
    new Command('verify')
      .description('check every pinned byte, or those of the given models')
      .argument('[id...]', 'models (default: all that are pinned)')
      .addOption(registryOption())
      .addOption(keyOption())
      .option('--require-signature', 'fail a model that is not signed'),
    [
      ['everything that is pinned', 'vqforge registry verify'],
      ['signatures too', 'vqforge registry verify --key signer.pub --require-signature'],
    ],
  );

export type RegistryVerifyFlags = FlagsOf<ReturnType<typeof verify>>;

const list = () =>
  complete(new Command('list').description('one line per pinned model').addOption(registryOption()), [
    ['the models here', 'vqforge registry list'],
    ['those of another folder, as JSON', 'vqforge registry list --registry elsewhere/model/tiny --json'],
  ]);

export type RegistryListFlags = FlagsOf<ReturnType<typeof list>>;

const show = () =>
  complete(
    new Command('show')
      .description('one entry, whole')
      .argument('<id>', 'a pinned model')
      .addOption(registryOption()),
    [['what is pinned of the regressor', 'vqforge registry show fr_regressor_v1']],
  );

export type RegistryShowFlags = FlagsOf<ReturnType<typeof show>>;

const exportOlder = () =>
  complete(
    new Command('export')
      .description('print the registry in an older schema, for other tools')
      .addOption(registryOption())
      .addOption(new Option('--schema-version <n>', 'schema to write').choices(['1']).default('1')),
    [['for a tool that reads schema version 1', 'vqforge registry export > registry-v1.json']],
  );

export type RegistryExportFlags = FlagsOf<ReturnType<typeof exportOlder>>;

const importModel = () =>
  complete(
    new Command('import')
      .description('take a model over from another registry, verified there and pinned here')
      .argument('<id>', 'a model of the other registry')
      .addOption(ownRegistryOption())
      .requiredOption('--from <path>', 'registry.json or its folder to take it from')
      .option('--inline-external-data', 'bring weights from other files inside, under a new digest')
      .option('--sidecar <file>', 'JSON with the facts that the source does not state')
      .option('--template <file>', 'import nothing: write that JSON, to be filled in')
      .addOption(forceOption())
      .addOption(replaceOption())
      .option('--key <file>', 'public key: check the signature there')
      .option('--require-signature', 'refuse a model that is not signed there'),
    [
      [
        'which facts would an import want?',
        'vqforge registry import old_model --from old --template facts.json',
      ],
      ['a model of a colleague', 'vqforge registry import prod_2025 --from ../theirs/model/tiny'],
      [
        'one whose weights lie in a second file',
        'vqforge registry import old_model --from old --inline-external-data --sidecar facts.json',
      ],
    ],
  );

export type RegistryImportFlags = FlagsOf<ReturnType<typeof importModel>>;

const keygen = () =>
  complete(
    new Command('keygen')
      .description('make an Ed25519 key pair for signing; never overwrites')
      .requiredOption('--out <file>', 'private key; the public one is written beside it as <file>.pub'),
    [['a pair of files, signer and signer.pub', 'vqforge registry keygen --out signer']],
  );

export type RegistryKeygenFlags = FlagsOf<ReturnType<typeof keygen>>;

const sign = () =>
  complete(
    new Command('sign')
      .description('attest how a pinned model was made, in a signed bundle that the registry names')
      .argument('<id>', 'a pinned model')
      .addOption(ownRegistryOption())
      .requiredOption('--key <file>', 'private key')
      .option('--source-commit <hex>', 'commit of the sources that made it')
      .option('--environment <file>', 'environment.json of the run that made it')
      .option('--builder-id <uri>', 'who made it (default: urn:vqforge:builder:local)'),
    [['with a key of registry keygen', 'vqforge registry sign fr_regressor_v1 --key signer']],
  );

export type RegistrySignFlags = FlagsOf<ReturnType<typeof sign>>;

const history = () =>
  complete(
    new Command('history')
      .description('the versions of models that were replaced or removed, the last one first')
      .argument('[id]', 'a model (default: all)')
      .addOption(registryOption()),
    [['what can be brought back', 'vqforge registry history prod_2025']],
  );

export type RegistryHistoryFlags = FlagsOf<ReturnType<typeof history>>;

const rollback = () =>
  complete(
    new Command('rollback')
      .description('pin a replaced or removed version again, verified first, with its evidence')
      .argument('<id>', 'a model')
      .option('--version <digest>', 'first digits of a version (default: the last one that was replaced)')
      .addOption(ownRegistryOption())
      .addOption(keyOption()),
    [
      ['undo the last publish', 'vqforge registry rollback prod_2025'],
      ['to a certain version', 'vqforge registry rollback prod_2025 --version 3f9a'],
    ],
  );

export type RegistryRollbackFlags = FlagsOf<ReturnType<typeof rollback>>;

const remove = () =>
  complete(
    new Command('remove')
      .description('take a model out of the registry; it is kept in the history, with its evidence')
      .argument('<id>', 'a pinned model')
      .addOption(ownRegistryOption()),
    [['a model that is no longer used', 'vqforge registry remove candidate']],
  );

export type RegistryRemoveFlags = FlagsOf<ReturnType<typeof remove>>;

const diff = () =>
  complete(
    new Command('diff')
      .description('what differs between two versions of a model: entry, sidecar, graph, folds')
      .argument('<id>', 'a model')
      .option('--from <digest>', 'first digits of a version (default: the last one that was replaced)')
      .option('--to <digest>', 'the same (default: what is pinned)')
      .addOption(registryOption()),
    [['what did the last publish change?', 'vqforge registry diff prod_2025']],
  );

export type RegistryDiffFlags = FlagsOf<ReturnType<typeof diff>>;

const prune = () =>
  complete(
    new Command('prune')
      .description('remove replaced versions for good; the only command that does')
      .argument('<id>', 'a model, pinned or not')
      .requiredOption('--keep <n>', 'how many of the last versions stay', integerFlag(0, 1_000_000))
      .addOption(ownRegistryOption()),
    [['keep the last three', 'vqforge registry prune prod_2025 --keep 3']],
  );

export type RegistryPruneFlags = FlagsOf<ReturnType<typeof prune>>;

const registryActions = () => import('../actions/registry.ts');
const attestation = () => import('../actions/attestation.ts');
const historyActions = () => import('../actions/registry-history.ts');

/** `vqforge registry`. */
export const registry = (context: CommandContext) =>
  group('registry', 'the pinned models', [
    verify().action(async (ids, flags) =>
      (await registryActions()).verifyCommand(ids, defined(flags), context),
    ),
    list().action(async (flags) => (await registryActions()).listCommand(defined(flags), context)),
    show().action(async (id, flags) => (await registryActions()).showCommand(id, defined(flags), context)),
    exportOlder().action(async (flags) => (await registryActions()).exportCommand(defined(flags), context)),
    importModel().action(async (id, flags) =>
      (await attestation()).importCommand(id, defined(flags), context),
    ),
    keygen().action(async (flags) => (await attestation()).keygenCommand(defined(flags))),
    sign().action(async (id, flags) => (await attestation()).signCommand(id, defined(flags), context)),
    history().action(async (id, flags) =>
      (await historyActions()).historyCommand(id, defined(flags), context),
    ),
    rollback().action(async (id, flags) =>
      (await historyActions()).rollbackCommand(id, defined(flags), context),
    ),
    remove().action(async (id, flags) => (await historyActions()).removeCommand(id, defined(flags), context)),
    diff().action(async (id, flags) => (await historyActions()).diffCommand(id, defined(flags), context)),
    prune().action(async (id, flags) => (await historyActions()).pruneCommand(id, defined(flags), context)),
  ]);
