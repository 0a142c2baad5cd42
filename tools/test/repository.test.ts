import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { packageLevels } from '../lib/package-levels.mjs';
import { readWorkspace } from '../lib/workspace.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Manifest {
  name?: string;
  scripts?: Record<string, string>;
  version?: string;
  private?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
const manifest = (path: string): Manifest => JSON.parse(text(path)) as Manifest;

function packageManifests(): string[] {
  return readdirSync(join(root, 'packages'))
    .map((name) => `packages/${name}/package.json`)
    .filter((path) => existsSync(join(root, path)));
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
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

  it('has a README of at most 25 lines in every package', () => {
    for (const path of packageManifests()) {
      const { name } = manifest(path);
      const lines = text(path.replace('package.json', 'README.md')).trimEnd().split('\n');
      expect(lines[0]).toBe(`# ${name}`);
      expect({ path, isShort: lines.length <= 25 }).toEqual({ path, isShort: true });
    }
  });

  it('cites in its sources no document that is not here', () => {
    const sources = packageManifests().flatMap((path) => sourcesBelow(path.replace('package.json', 'src')));
    expect(sources.length).toBeGreaterThan(500);
    for (const path of sources)
      expect({ path, cites: /contracts? §|reference notes|notes §|\/work\//i.test(text(path)) }).toEqual({
        path,
        cites: false,
      });
  });

  it('installs neither parquet nor a server with what runs models', () => {
    const byName = new Map(packageManifests().map((path) => [manifest(path).name, manifest(path)]));
    const needed = new Set<string>();
    const visit = (name: string): void => {
      if (needed.has(name)) return;
      needed.add(name);
      Object.keys(byName.get(name)?.dependencies ?? {}).forEach(visit);
    };
    visit('@vqforge/runtime');
    expect(needed).toContain('onnxruntime-node');
    for (const name of ['parquet-wasm', 'apache-arrow', 'fastify', 'saxes', 'csv-parse', '@vqforge/table'])
      expect([...needed]).not.toContain(name);
  });

  it('lists every page of docs in its index', () => {
    const pages = readdirSync(join(root, 'docs')).filter(
      (name) => name.endsWith('.md') && name !== 'README.md',
    );
    for (const page of pages) expect(text('docs/README.md')).toContain(`[${page}](${page})`);
  });

  it('shows requests for inference that the server takes: it refuses bodies of a type that is not stated', () => {
    const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
    const requests = pages
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) => text(path).match(/curl .*\/infer\b.*/g) ?? []);
    expect(requests.length).toBeGreaterThan(1);
    for (const request of requests) expect(request).toContain('content-type: ');
  });

  it('shows packages at the levels that follow from their package.json', () => {
    const rows = [...text('docs/architecture.md').matchAll(/^\| (\d+) +\| `(\w+)`/gm)];
    const { levels } = packageLevels(readWorkspace(root).packages) as { levels: Map<string, number> };
    expect(new Map(rows.map(([, level, name]) => [name, Number(level)]))).toEqual(levels);
  });

  it('says its version in one way', () => {
    const { version } = manifest('package.json');
    expect(text('packages/runtime/src/version.ts')).toContain(`VERSION = '${version}'`);
    for (const path of packageManifests()) expect(manifest(path).version).toBe(version);
  });

  it('says of every published package what it is', () => {
    for (const path of packageManifests().filter((name) => manifest(name).private !== true))
      expect({ path, ...manifest(path) }).toMatchObject({
        path,
        description: expect.stringMatching(/^\S.{20,}$/),
      });
  });

  it('runs the built command line as it is, so that timings are of that file', () => {
    expect(manifest('package.json').scripts?.['vqforge']).toBe('node packages/cli/bin/vqforge.js');
  });
});
