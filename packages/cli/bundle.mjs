// dist/ → bin/: the command as few files, because Node takes a millisecond to find and read each of the 400 modules that
// `train` is made of, in every thread again. Chunks load on demand, as the modules did.
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { EXTERNALS } from './externals.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await rm(at('bin'), { recursive: true, force: true });
await build({
  entryPoints: {
    vqforge: at('dist/main.js'),
    // for tests, which run many commands in one process
    index: at('dist/index.js'),
    // threads, under the names that `new Worker(new URL('./<name>.js', import.meta.url))` looks for
    'decoder-worker': '@vqforge/table/decoder-worker',
    'training-worker': '@vqforge/train/training-worker',
    'request-worker': '@vqforge/serve/request-worker',
    'pair-process': '@vqforge/corpus/pair-process',
    'feature-worker': '@vqforge/features/feature-worker',
    'session-worker': '@vqforge/ort/session-worker',
    'tensor-worker': '@vqforge/media/tensor-worker',
    'item-worker': '@vqforge/bapps/item-worker',
    'lpips-worker': '@vqforge/bapps/lpips-worker',
  },
  external: EXTERNALS,
  outdir: at('bin'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  // packages in CommonJS ask for Node's own modules
  banner: {
    js: "import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);",
  },
  logLevel: 'warning',
});
