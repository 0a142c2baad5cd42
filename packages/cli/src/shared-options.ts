import { Command, Option } from '@commander-js/extra-typings';
import { integerFlag, mapFlag, namesFlag } from './flag-values.ts';
import { teacherFlag } from './teacher-flag.ts';

// Flags that several commands have, each said once.

export const registryOption = () =>
  new Option(
    '--registry <path>',
    'registry.json or its folder (default: the workspace, else the shipped one)',
  );

export const unregisteredOption = () =>
  new Option('--allow-unregistered', 'take a model file that no registry.json beside it pins');

export const keyOption = () => new Option('--key <file>', 'public key: check the signatures that there are');

/** Which ONNX Runtime opens a model; without it, the native one where it loads. */
export const engineOption = () =>
  new Option('--engine <name>', 'ONNX Runtime to use: its native binding or WebAssembly').choices([
    'native',
    'wasm',
  ]);

export const trainingEngineOption = () =>
  new Option('--engine <name>', 'wasm is bit-reproducible, native is faster')
    .choices(['wasm', 'native'])
    .default('wasm');

export const netOption = () =>
  new Option('--net <name>', 'trunk of LPIPS').choices(['squeeze', 'alex', 'vgg']).default('squeeze');

export const lpipsVersionOption = () =>
  new Option('--version <version>', 'of LPIPS and its heads').choices(['0.1', '0.0']).default('0.1');

export const resizeOption = () =>
  new Option('--resize <name>', 'of pictures to 64×64: as upstream, or every fourth pixel')
    .choices(['bilinear', 'decimate'])
    .default('bilinear');

export const cacheOption = () =>
  new Option('--cache <folder>', 'pulled weights (default: VQFORGE_WEIGHTS_CACHE, ~/.cache/vqforge/weights)');

export const teacherOption = () =>
  new Option(
    '--teacher <id|file>',
    'vmaf_v0.6.1 or another pulled model, or a model file of libvmaf',
  ).makeOptionMandatory();

/** The teacher of clips that are measured. */
export const measuringTeacherOption = () =>
  new Option(
    '--teacher <id>',
    'a model of libvmaf, by id (vqforge weights pull) or file: adds its score, and measures with its options',
  ).argParser((text: string) => teacherFlag(text));

export const seedOption = (what = 'seed of every random number') =>
  new Option('--seed <n>', what).argParser(integerFlag(0, 0xffff_ffff)).default(0);

export const featureSetOption = (what: string) =>
  new Option('--features <set>', what).choices(['canonical6', 'A', 'B', 'full']).default('canonical6');

export const sourceColumnOption = () =>
  new Option('--source-column <name>', 'column with the contents, where it is not called source');

export const augmentOption = () =>
  new Option(
    '--augment <table>',
    'teacher probes that join every training set, or none (default: the recipe, where the table has their teacher)',
  );

export const mapOption = () =>
  new Option(
    '--map <new=old>',
    'read a column under another name; again for more (libvmaf’s names are understood without)',
  ).argParser<ReadonlyMap<string, string>>(mapFlag);

export const parquetOption = (what: string) =>
  new Option('--parquet <path...>', `${what} (default: datasets/open9/open9_features.parquet)`);

/** A command that trains on a table: the files and their columns. */
export const tableCommand = (name: string, description: string, tables: string) =>
  new Command(name)
    .description(description)
    .addOption(parquetOption(tables))
    .addOption(featureSetOption('feature set'))
    .option('--feature-columns <a,b,c>', 'feature columns by name, in order, instead of a set', namesFlag)
    .option('--teacher-column <name>', 'column with the teacher scores', 'vmaf')
    .addOption(sourceColumnOption())
    .addOption(mapOption());

export const outOnnxOption = (where = 'model/tiny/fr_regressor_v1.onnx') =>
  new Option('--out-onnx <file>', `model file (default: ${where})`);

export const outSidecarOption = () =>
  new Option('--out-sidecar <file>', 'its sidecar (default: beside the model)');

export const outRegistryOption = () =>
  new Option('--registry <file>', 'registry that pins it (default: registry.json beside the model)');

/** The registry that a command changes. */
export const ownRegistryOption = () =>
  new Option('--registry <path>', 'registry.json or its folder (default: model/tiny)');

export const replaceOption = () =>
  new Option(
    '--replace',
    'replace a model of that id that is no rebuild of the same things; it is kept in the history',
  );

export const forceOption = () => new Option('--force', 'replace a file that holds something of another kind');

// Clips and the frames of them, in libvmaf's words.

export const subsampleOption = () =>
  new Option('--subsample <n>', 'score every n-th frame').argParser(integerFlag(1, 1_000_000)).default(1);

const frameFlag = (min: number) => integerFlag(min, 2 ** 31 - 1);

/** A command on clips: the files, what raw YUV holds, and which frames are read. */
export const clipCommand = (name: string, description: string) =>
  new Command(name)
    .description(description)
    .option('-r, --reference <file>', 'Y4M, raw YUV, image, anything ffmpeg reads, or - for standard input')
    .option('-d, --distorted <file...>', 'the same; several are a ladder of renditions of one reference')
    .option('-w, --width <n>', 'of raw YUV', integerFlag(1, 65_535))
    .option('-h, --height <n>', 'of raw YUV', integerFlag(1, 65_535))
    // in libvmaf, and so here, -h is the height
    .helpOption('--help', 'display help for command')
    .addOption(
      new Option('-p, --pixel_format <name>', 'of raw YUV: its chroma').choices(['400', '420', '422', '444']),
    )
    .addOption(new Option('-b, --bitdepth <n>', 'of raw YUV').choices(['8', '10', '12', '16']))
    .addOption(subsampleOption())
    .option('--frame_cnt <n>', 'frames to read at most', frameFlag(1))
    .option('--frame_skip_ref <n>', 'frames of the reference to leave out first', frameFlag(0), 0)
    .option('--frame_skip_dist <n>', 'frames of the distorted to leave out first', frameFlag(0), 0);

export const motionOption = () =>
  new Option('--motion <version>', "libvmaf's version of motion: v3.1 is that of builds before 3.2.0")
    .choices(['v3.2', 'v3.1'])
    .default('v3.2');

export const threadsOption = () =>
  new Option('--threads <n>', 'threads that measure features (default: one per core)').argParser(
    integerFlag(1, 1024),
  );
