// package.json of a published package.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXTERNALS } from '../../packages/cli/externals.mjs';

/** What programs work without: another engine takes its place. */
const OPTIONAL = new Set(['onnxruntime-node']);

/** The packages that the bundled command imports, with the versions of the lock. */
export function bundledExternals(folder, lock) {
  const names = new Set();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js'))) {
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, name] of text.matchAll(
      /(?:\bfrom|\bimport\(|\brequire\(|\bresolve\()\s*"([^".\n][^"\n]*)"/g,
    ))
      if (isExternal(packageOf(name))) names.add(packageOf(name));
  }
  return Object.fromEntries(
    [...names]
      .sort((a, b) => (a < b ? -1 : 1))
      .map((name) => {
        const version = lock[`node_modules/${name}`]?.version;
        if (version === undefined) throw new Error(`${name} is imported by the bundle and not in the lock`);
        return [name, version];
      }),
  );
}

function isExternal(name) {
  return EXTERNALS.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

/** `fastify/lib/x` belongs to fastify, `@sigstore/bundle/x` to @sigstore/bundle. */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** What users of a library package need to know of it, without what only builds here. */
export function libraryManifest(manifest, { engines, overrides }) {
  const { dependencies, files, ...kept } = describedManifest(manifest);
  return {
    ...kept,
    engines,
    files: [...files, 'NOTICE'],
    ...split(withHeld(dependencies, overrides)),
    ...PUBLIC,
  };
}

/**
 * The same for the bundled command, whose dependencies are what its bundle leaves outside.
 * @param externals those, with their versions
 * @param peers what users install beside it when they choose to, as the bundled packages declare it
 */
export function commandManifest(manifest, { engines, overrides }, externals, peers) {
  const { dependencies: _bundled, files, ...kept } = describedManifest(manifest);
  const needed = Object.entries(externals).filter(([name]) => !(name in peers));
  return {
    ...kept,
    engines,
    types: './bin/vqforge.d.ts',
    files: [...files, 'model', 'page', 'docs', 'NOTICE', 'THIRD-PARTY-NOTICES.txt'],
    ...split(withHeld(Object.fromEntries(needed), overrides)),
    ...optionalPeers(peers),
    ...PUBLIC,
  };
}

const PUBLIC = { publishConfig: { access: 'public' } };

function describedManifest({ scripts: _scripts, devDependencies: _dev, ...manifest }) {
  if (manifest.description === undefined) throw new Error(`${manifest.name} has no description`);
  return manifest;
}

function split(dependencies) {
  const entries = Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1));
  const pick = (wanted) => Object.fromEntries(entries.filter(([name]) => OPTIONAL.has(name) === wanted));
  const optional = pick(true);
  return {
    dependencies: pick(false),
    ...(Object.keys(optional).length === 0 ? {} : { optionalDependencies: optional }),
  };
}

function optionalPeers(peers) {
  if (Object.keys(peers).length === 0) return {};
  const meta = Object.keys(peers).map((name) => [name, { optional: true }]);
  return { peerDependencies: peers, peerDependenciesMeta: Object.fromEntries(meta) };
}

/** Whose dependency an override of this repository is. */
const BROUGHT_BY = { 'light-my-request': 'fastify' };

/** Dependencies with the versions that are held here: overrides do not travel, a dependency of one's own does. */
function withHeld(dependencies = {}, overrides = {}) {
  const held = Object.entries(overrides).filter(([name]) => BROUGHT_BY[name] in dependencies);
  return { ...dependencies, ...Object.fromEntries(held) };
}
