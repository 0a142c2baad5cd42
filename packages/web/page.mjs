// src/ → page/: the static page with the models that it opens and ONNX Runtime's two files beside it.
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const copies = (from, to, names) => names.map((name) => [join(from, name), join(at('page'), to, name)]);

await build({ configFile: at('vite.config.mjs') });

const runtime = dirname(createRequire(import.meta.resolve('@vqforge/ort')).resolve('onnxruntime-web/wasm'));
const files = [
  ...copies(at('../../model/tiny'), 'models', [
    'registry.json',
    'fr_regressor_v1.onnx',
    'fr_regressor_v1.json',
    // of models that are dropped in
    'lpips_sq.json',
    'lpips_sq_maps.json',
  ]),
  ...copies(runtime, 'ort', ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm']),
];
for (const [from, to] of files) {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}
