// Writes the project references of every tsconfig.json from what package.json declares: the arrows are written once, there.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWorkspace } from './lib/workspace.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packages } = readWorkspace(root);

for (const { name, manifest } of packages) {
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const siblings = declared.filter((dependency) => dependency.startsWith('@vqforge/'));
  writeReferences(
    `packages/${name}/tsconfig.json`,
    siblings.map((sibling) => `../${sibling.slice('@vqforge/'.length)}`),
  );
}
writeReferences(
  'tsconfig.json',
  packages.map(({ name }) => `packages/${name}`),
);
execFileSync(join(root, 'node_modules/.bin/oxfmt'), ['tsconfig.json', 'packages/*/tsconfig.json'], {
  cwd: root,
});

function writeReferences(path, folders) {
  const file = join(root, path);
  const config = JSON.parse(readFileSync(file, 'utf8'));
  config.references = folders.sort().map((folder) => ({ path: folder }));
  writeFileSync(file, JSON.stringify(config));
}
