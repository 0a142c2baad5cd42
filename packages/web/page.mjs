// src/ → page/: the static page with the models that it opens, ONNX Runtime's two files, and the licences of what it is made of.
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, mergeConfig } from 'vite';
import config from './vite.config.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const page = at('page');

/**
 * Folders of the packages of others that were bundled.
 *
 * @type {Set<string>}
 */
const bundled = new Set();
const recorder = () => ({
  name: 'bundled-packages',
  moduleParsed({ id }) {
    const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replaceAll('\\', '/'))?.[0];
    if (folder !== undefined) bundled.add(folder.replace(/^\0/, ''));
  },
});

await build({
  configFile: false,
  ...mergeConfig(config, { plugins: [recorder()], worker: { plugins: () => [recorder()] } }),
});

const runtime = dirname(createRequire(import.meta.resolve('@vqforge/ort')).resolve('onnxruntime-web/wasm'));
await copyInto('models', at('../../model/tiny'), [
  'registry.json',
  'fr_regressor_v1.onnx',
  'fr_regressor_v1.json',
  // of models that are given to the page
  'lpips_sq.json',
  'lpips_sq_maps.json',
]);
await copyInto('ort', runtime, ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm']);
await writeFile(join(page, 'licences.txt'), await licences());
await writeFile(join(page, 'files.json'), `${JSON.stringify(await files())}\n`);

async function copyInto(folder, from, names) {
  await mkdir(join(page, folder), { recursive: true });
  for (const name of names) await copyFile(join(from, name), join(page, folder, name));
}

/** Everything that the page may load, itself first. */
async function files() {
  const entries = await readdir(page, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(page, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  return ['./', ...paths.sort()];
}

/** What each package says of its licence, with the text that lies beside it. */
async function licences() {
  const parts = [await readFile(at('../../NOTICE'), 'utf8')];
  for (const folder of [...bundled].sort()) {
    const { name, version, license, repository } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    );
    const source = (typeof repository === 'string' ? repository : repository?.url) ?? '';
    const text = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
    parts.push(
      [
        `${name} ${version} (${license}), unmodified`,
        `source: ${source.replace(/^git\+/, '')}, https://www.npmjs.com/package/${name}/v/${version}`,
        '',
        text === undefined
          ? `(the package has no licence file; its package.json says ${license})`
          : await readFile(join(folder, text), 'utf8'),
      ].join('\n'),
    );
  }
  return parts.map((part) => part.trim()).join(`\n\n${'-'.repeat(72)}\n\n`) + '\n';
}
