// What a user does with the packages, each as the text of a small program that prints one line, and the ways to run it.
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './check.mjs';

const table = join(root, 'datasets/open9/open9_features.parquet');
const registry = join(root, 'model/tiny');
const text = (value) => JSON.stringify(value);

/** Sixty rows of three sources that a regressor learns in one epoch. */
const SMALL_TABLE = `
  import { writeFeatureTable, FEATURE_SETS } from '@vqforge/table';
  const rows = Array.from({ length: 60 }, (_, row) => row);
  const quality = rows.map((row) => ((row * 71) % 113) / 113);
  await writeFeatureTable({ path: 'small.parquet', batches: [[
    { name: 'source', type: 'string', values: rows.map((row) => 'abc'[row % 3]) },
    { name: 'vmaf', type: 'float64', values: quality.map((q) => 20 + 70 * q) },
    ...FEATURE_SETS.canonical6.map((name, k) => (
      { name, type: 'float64', values: quality.map((q, row) => q * (1 + k) + ((row * k) % 7) / 50) })),
  ]] });`;

/** A regressor trained on the small table, pinned in the folder of the program. */
const TRAINED = `${SMALL_TABLE}
  import { basename } from 'node:path';
  import { retrain } from '@vqforge/pipeline';
  const { metrics } = await retrain({ parquet: ['small.parquet'], features: 'canonical6', teacherColumn: 'vmaf', dropInvalid: false,
    recipe: 'standard', overrides: { epochs: 1 }, seed: 0, engine: 'wasm', workers: 2, shipThreshold: -1, export: true, outputs: {},
    root: process.cwd(), argv: [], version: '0.1.0', now: () => performance.now() });`;

/** Two clips of two grey frames, and a log of them. */
const CLIPS = `
  import { writeFileSync } from 'node:fs';
  for (const [name, luma] of [['ref', 100], ['dist', 110]])
    writeFileSync(name + '.y4m', Buffer.concat([Buffer.from('YUV4MPEG2 W64 H64 F25:1 C420jpeg\\n'),
      ...[0, 1].flatMap(() => [Buffer.from('FRAME\\n'), Buffer.alloc(64 * 96, luma)])]));`;

/** Each program, and the one line that it prints. */
export const VERBS = {
  'load a table': [
    `import { loadFeatureTable } from '@vqforge/table';
     console.log((await loadFeatureTable({ paths: [${text(table)}], features: 'canonical6' })).rows);`,
    /^10320$/,
  ],
  retrain: [
    `${TRAINED}
     console.log(metrics.shipped, metrics.loso.summary.n_folds);`,
    /^true 3$/,
  ],
  export: [
    `${TRAINED}
     import { mkdirSync, rmSync } from 'node:fs';
     import { exportRegressor } from '@vqforge/pipeline';
     rmSync('model/tiny', { recursive: true });
     mkdirSync('model/tiny');
     const { written } = await exportRegressor({ run: 'runs/fr_regressor_v1', parquet: ['small.parquet'], outputs: {}, root: process.cwd() });
     console.log(written.map(({ path }) => basename(path)).join());`,
    /^fr_regressor_v1\.onnx,fr_regressor_v1\.json,fr_regressor_v1\.md,registry\.json$/,
  ],
  regenerate: [
    `import { rebuildFrom, regenerate } from '@vqforge/pipeline';
     const [model] = await regenerate({ registry: ${text(registry)}, ids: ['fr_regressor_v1'], check: true,
       rebuild: rebuildFrom({ root: process.cwd(), from: [], now: () => performance.now() }) });
     console.log(model.outcome, model.missing.length);`,
    /^missing 1$/,
  ],
  verify: [
    `import { verifyRegistry } from '@vqforge/registry/node';
     console.log((await verifyRegistry({ registry: ${text(registry)} })).verified.join());`,
    /fr_regressor_v1/,
  ],
  'open a model': [
    `import { openModel } from '@vqforge/runtime/node';
     const model = await openModel({ registry: ${text(registry)}, model: 'fr_regressor_v1', ownThread: true });
     console.log(model.kind, model.engine);
     await model.close();`,
    /^fr-regressor native$/,
  ],
  score: [
    `${CLIPS}
     import { openTensorSets } from '@vqforge/media/node';
     import { FrRegressor } from '@vqforge/runtime';
     import { openModel } from '@vqforge/runtime/node';
     const clips = await openTensorSets({ reference: 'ref.y4m', distorted: ['dist.y4m'] });
     let sets = 0;
     for await (const set of clips.sets()) sets += set.distorted.length / 3 / 64 / 64;
     const model = await openModel({ registry: ${text(registry)}, model: 'fr_regressor_v1', engine: 'wasm' });
     const { scores } = await FrRegressor.of(model).score(Float32Array.of(0.9, 0.5, 0.7, 0.8, 0.9, 1), 1);
     console.log(sets, scores.length);
     await model.close();`,
    /^2 1$/,
  ],
  evaluate: [
    `import { classicMetric, evaluate, writeMiniBapps } from '@vqforge/bapps';
     await writeMiniBapps({ out: 'bapps', seed: 0, count: 2 });
     const { sets } = await evaluate({ dataset: 'bapps', mode: '2afc', batchSize: 1, bootstrap: { resamples: 10, seed: 0 },
       metric: classicMetric({ name: 'l2', colorspace: 'RGB', bugCompatible: false }) });
     console.log(sets.length);`,
    /^6$/,
  ],
  serve: [
    `import { serve } from '@vqforge/serve';
     const server = await serve({ registry: ${text(registry)}, models: ['fr_regressor_v1'], port: 0, graceMs: 0 });
     const { status } = await fetch(server.url + '/v2/health/ready');
     await server.close();
     console.log(status);`,
    /^200$/,
  ],
  report: [
    `import { writeReport } from '@vqforge/report';
     const { path } = await writeReport({ run: ${text(join(root, 'runs/fr_regressor_v1'))}, out: 'report.html', root: process.cwd() });
     console.log(path.endsWith('report.html'));`,
    /^true$/,
  ],
  audit: [
    `import { audit } from '@vqforge/audit';
     console.log((await audit({ root: ${text(root)}, today: '2026-01-01' })).verified.join());`,
    /fr_regressor_v1/,
  ],
};

/** How a program may be run: each writes what it needs into a folder and gives the arguments of Node. */
export const CONTEXTS = {
  file: (folder, program) => [write(folder, 'program.mjs', program)],
  text: (_, program) => ['--input-type=module', '--eval', program],
  tsx: (folder, program) => ['--import', import.meta.resolve('tsx'), write(folder, 'program.mts', program)],
  worker: (folder, program) => {
    const starter = `import { Worker } from 'node:worker_threads';
      new Worker(${text(write(folder, 'program.mjs', program))}).on('error', (error) => { throw error; })
        .on('exit', (code) => { process.exitCode = code; });`;
    return [write(folder, 'starter.mjs', starter)];
  },
  bundled: async (folder, program) => {
    const outfile = join(folder, 'bundle.mjs');
    await build({
      entryPoints: [write(folder, 'program.mjs', program)],
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    });
    return [outfile];
  },
};

/** The threads of the packages, by the names under which each looks for its own beside the file that starts it. */
const THREADS = {
  'decoder-worker': '@vqforge/table/decoder-worker',
  'training-worker': '@vqforge/train/training-worker',
  'feature-worker': '@vqforge/features/feature-worker',
  'session-worker': '@vqforge/ort/session-worker',
  'tensor-worker': '@vqforge/media/tensor-worker',
  'item-worker': '@vqforge/bapps/item-worker',
  'lpips-worker': '@vqforge/bapps/lpips-worker',
  'request-worker': '@vqforge/serve/request-worker',
};

/** What stays outside of every bundle: it loads native code, WebAssembly or validators beside its own files by name. */
const OUTSIDE = ['onnxruntime-*', 'parquet-wasm', 'sharp', 'fastify', '@fastify/*', '@sigstore/*'];

/** Program and threads as a few files that need nothing but `OUTSIDE`; the arguments of Node. */
export async function bundleWhole(folder, program) {
  const outdir = join(folder, 'whole');
  await build({
    entryPoints: { program: write(folder, 'program.mjs', program), ...THREADS },
    absWorkingDir: folder,
    external: OUTSIDE,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    // packages in CommonJS ask for Node's own modules
    banner: {
      js: "import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);",
    },
    logLevel: 'silent',
  });
  writeFileSync(join(outdir, 'package.json'), '{"type":"module"}');
  return [join(outdir, 'program.js')];
}

/** A folder of its own that finds the packages by name, as a consumer's project does, and has the folders of a workspace. */
export function consumerFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'vqforge-anywhere-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const path of ['datasets', 'runs', 'model/tiny']) mkdirSync(join(folder, path), { recursive: true });
  return folder;
}

/** Runs one verb in one context, by name or as a function; what it printed, and whether that is what it should. */
export async function runVerb(verb, context, folder) {
  const [program, expected] = VERBS[verb];
  const args = await (typeof context === 'string' ? CONTEXTS[context] : context)(folder, program);
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: environment,
  });
  const isRight = status === 0 && expected.test(stdout.trim()) && stderr === '';
  return { isRight, output: `exit ${status}\n${stdout}${stderr}` };
}

const environment = { ...process.env, NODE_OPTIONS: '' };

function write(folder, name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
