// package.json of a published package.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the bundle does not hold: it loads files beside its own by name. */
const EXTERNAL = /^(onnxruntime-|parquet-wasm$|sharp$|fastify$|@fastify\/|@sigstore\/)/;
/** What the command works without: another engine takes its place. */
const OPTIONAL = new Set(['onnxruntime-node']);

/** The packages that the bundled command imports, with the versions of the lock. */
export function bundledExternals(folder, lock) {
  const names = new Set();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js'))) {
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, name] of text.matchAll(
      /(?:\bfrom|\bimport\(|\brequire\(|\bresolve\()\s*"([^".\n][^"\n]*)"/g,
    ))
      if (EXTERNAL.test(name)) names.add(packageOf(name));
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

/** `fastify/lib/x` belongs to fastify, `@sigstore/bundle/x` to @sigstore/bundle. */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Versions that this repository holds: overrides do not travel, a dependency of one's own does. */
function held(overrides) {
  return Object.fromEntries(Object.entries(overrides).filter(([, version]) => typeof version === 'string'));
}

/**
 * What users of a package need to know of it, without what only builds here.
 * @param externals dependencies of a bundled command, instead of its own
 */
export function publishedManifest(manifest, { engines, overrides = {} }, externals) {
  const { scripts: _scripts, devDependencies: _dev, dependencies, files, ...kept } = manifest;
  if (kept.description === undefined) throw new Error(`${manifest.name} has no description`);
  const entries = Object.entries(
    externals === undefined ? (dependencies ?? {}) : { ...externals, ...held(overrides) },
  );
  const pick = (wanted) => Object.fromEntries(entries.filter(([name]) => OPTIONAL.has(name) === wanted));
  const optional = pick(true);
  return {
    ...kept,
    engines,
    ...(externals === undefined
      ? { files: [...files, 'NOTICE'] }
      : {
          types: './bin/vqforge.d.ts',
          files: [...files, 'model', 'docs', 'NOTICE', 'THIRD-PARTY-NOTICES.txt'],
        }),
    dependencies: pick(false),
    ...(Object.keys(optional).length === 0 ? {} : { optionalDependencies: optional }),
    publishConfig: { access: 'public' },
  };
}
