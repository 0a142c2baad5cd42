// Writes the project references of every tsconfig.json from what package.json declares: the arrows are written once, there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { readWorkspace } from './lib/workspace.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packages } = readWorkspace(root);

for (const { name, manifest } of packages) {
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const siblings = declared.filter((dependency) => dependency.startsWith('@vqforge/'));
  await writeReferences(
    `packages/${name}/tsconfig.json`,
    siblings.map((sibling) => `../${sibling.slice('@vqforge/'.length)}`),
  );
}
await writeReferences(
  'tsconfig.json',
  packages.map(({ name }) => `packages/${name}`),
);

async function writeReferences(path, folders) {
  const file = join(root, path);
  const config = JSON.parse(readFileSync(file, 'utf8'));
  config.references = folders.sort().map((folder) => ({ path: folder }));
  writeFileSync(
    file,
    await format(JSON.stringify(config), { ...(await resolveConfig(file)), parser: 'json' }),
  );
}
