import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Manifest {
  scripts?: Record<string, string>;
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
const manifest = (path: string): Manifest => JSON.parse(text(path)) as Manifest;

function packageManifests(): string[] {
  return readdirSync(join(root, 'packages'))
    .map((name) => `packages/${name}/package.json`)
    .filter((path) => existsSync(join(root, path)));
}

/** Every third-party `name version` that a package.json of the repository declares. */
function declaredDependencies(): string[] {
  const declared = ['package.json', 'bench/package.json', ...packageManifests()]
    .map(manifest)
    .flatMap(({ dependencies, devDependencies }) => Object.entries({ ...dependencies, ...devDependencies }))
    .filter(([name]) => !name.startsWith('@vqforge/'))
    .map(([name, version]) => `${name} ${version}`);
  return [...new Set(declared)].sort();
}

describe('repository', () => {
  it('documents every dependency with its version, and no other', () => {
    const rows = [...text('docs/dependencies.md').matchAll(/^\| `(\S+)` (\S+)/gm)];
    expect(rows.map(([, name, version]) => `${name} ${version}`).sort()).toEqual(declaredDependencies());
  });

  it.each(['packages', 'datasets', 'runs', 'model', 'bench', 'docs', 'tools'])(
    'has a room card in %s',
    (folder) => {
      const lines = text(`${folder}/README.md`).trimEnd().split('\n');
      expect(lines[0]).toBe(`# ${folder}/`);
      expect(lines.length).toBeLessThanOrEqual(25); // as the README of a package: one screen
      expect(lines.join('\n')).toContain('**Written by**');
    },
  );

  it('lists every page of docs in its index', () => {
    const pages = readdirSync(join(root, 'docs')).filter(
      (name) => name.endsWith('.md') && name !== 'README.md',
    );
    for (const page of pages) expect(text('docs/README.md')).toContain(`[${page}](${page})`);
  });

  it('says its version in one way', () => {
    const { version } = manifest('package.json');
    expect(text('packages/runtime/src/version.ts')).toContain(`VERSION = '${version}'`);
    for (const path of packageManifests()) expect(manifest(path).version).toBe(version);
  });

  it('runs the built command line as it is, so that timings are of that file', () => {
    expect(manifest('package.json').scripts?.['vqforge']).toBe('node packages/cli/bin/vqforge.js');
  });
});
