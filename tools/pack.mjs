// `npm run pack [folder]`: tarballs of the command and of the library packages, as they would be published.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { root } from './lib/check.mjs';
import { bundledExternals, commandManifest, libraryManifest } from './lib/published-manifest.mjs';
import { bundledPackages, thirdPartyNotices } from './lib/third-party.mjs';

const out = resolve(process.argv[2] ?? join(root, 'tarballs'));
const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const lock = read('package-lock.json').packages;
/** Packages of which the page holds code, and the bundle does not. */
const OF_THE_PAGE = ['@noble/hashes', 'onnxruntime-web', 'uplot'];
const packages = readdirSync(join(root, 'packages'))
  .filter((name) => existsSync(join(root, 'packages', name, 'package.json')))
  .map((name) => ({ name, manifest: read(`packages/${name}/package.json`) }))
  .filter(({ manifest }) => manifest.private !== true);
const peers = Object.assign({}, ...packages.map(({ manifest }) => manifest.peerDependencies));
const stage = mkdtempSync(join(tmpdir(), 'vqforge-pack-'));
mkdirSync(out, { recursive: true });
try {
  for (const { name, manifest } of packages) {
    const source = join(root, 'packages', name);
    const target = join(stage, name);
    mkdirSync(target);
    for (const folder of manifest.files)
      cpSync(join(source, folder), join(target, folder), { recursive: true, filter: isPublished });
    cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
    cpSync(join(root, 'NOTICE'), join(target, 'NOTICE'));
    const isCommand = manifest.bin !== undefined;
    const readme = isCommand ? join(root, 'tools', 'lib', 'command-readme.md') : join(source, 'README.md');
    if (existsSync(readme)) cpSync(readme, join(target, 'README.md'));
    else writeFileSync(join(target, 'README.md'), `# ${manifest.name}\n\n${manifest.description}\n`);
    if (isCommand) copyForCommand(source, target);
    const published = isCommand
      ? commandManifest(manifest, read('package.json'), bundledExternals(join(source, 'bin'), lock), peers)
      : libraryManifest(manifest, read('package.json'));
    writeFileSync(join(target, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', out], {
      cwd: target,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [{ filename, size, entryCount }] = JSON.parse(packed);
    console.log(`${filename}: ${entryCount} files, ${(size / 1024).toFixed(0)} KiB`);
  }
} finally {
  rmSync(stage, { recursive: true, force: true });
}

/** Build state is for the next build here. */
function isPublished(path) {
  return !path.endsWith('.tsbuildinfo');
}

/** What the command has beside its bundle. */
function copyForCommand(source, target) {
  copyShippedRegistry(target);
  cpSync(join(root, 'docs'), join(target, 'docs'), { recursive: true });
  // what `view` serves
  cpSync(join(root, 'packages', 'web', 'page'), join(target, 'page'), { recursive: true });
  const held = [...new Set([...bundledPackages(join(source, 'bin')), ...OF_THE_PAGE])];
  const notices = thirdPartyNotices(held, join(root, 'node_modules'));
  writeFileSync(join(target, 'THIRD-PARTY-NOTICES.txt'), notices);
  // a program: it exports nothing
  writeFileSync(join(target, 'bin', 'vqforge.d.ts'), 'export {};\n');
}

/** The registry with the models that are distributed. */
function copyShippedRegistry(target) {
  const folder = join(target, 'model', 'tiny');
  mkdirSync(folder, { recursive: true });
  const registry = read('model/tiny/registry.json');
  const names = registry.models.flatMap(({ onnx, shipped = true }) => {
    const stem = onnx.replace(/\.onnx$/, '');
    return [...(shipped ? [onnx] : []), `${stem}.json`, `${stem}.md`];
  });
  for (const name of ['registry.json', ...names])
    cpSync(join(root, 'model', 'tiny', name), join(folder, name));
}
