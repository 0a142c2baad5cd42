import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const registry = readFileSync(at('../../model/tiny/registry.json'));

/** Models are opened where they are imported: nothing is gained by another chunk. */
const CHECKS = { pluginTimings: false, ineffectiveDynamicImport: false };

// the page: relative addresses, so that it works from any folder of any host
export default defineConfig({
  root: at('.'),
  base: './',
  clearScreen: false,
  logLevel: 'warn',
  define: { REGISTRY_SHA256: JSON.stringify(createHash('sha256').update(registry).digest('hex')) },
  // ONNX Runtime's two files are loaded by their addresses, when they are needed
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'production'] },
  worker: { format: 'es', rolldownOptions: { checks: CHECKS } },
  build: {
    outDir: at('page'),
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    // nothing is inlined: the policy of the page loads no data: addresses
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: { checks: CHECKS },
  },
});
