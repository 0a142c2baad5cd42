// Every export is used: an unused one is dead code, or something private that got out.
import { posix } from 'node:path';

/** @returns {string[]} one line per violation */
export function exportViolations({ packages, scripts, documentation }) {
  const sources = packages.flatMap((pkg) => pkg.src);
  const usedInSources = usesOf(sources);
  const usedAnywhere = usesOf([...sources, ...packages.flatMap((pkg) => pkg.test), ...scripts]);
  return packages.flatMap((pkg) => [
    ...pkg.src
      .filter((module) => !isEntry(pkg, module))
      .flatMap((module) => unusedExports(module, usedInSources)),
    ...pkg.src
      .filter((module) => isEntry(pkg, module))
      .flatMap((index) => indexViolations(pkg, index, usedAnywhere, documentation)),
  ]);
}

/** index.ts and node.ts, and the file of every other subpath that package.json publishes, unless it is that of a thread. */
function isEntry({ manifest }, { path }) {
  const [, name] = path.match(/^packages\/[\w-]+\/src\/([\w-]+)\.ts$/) ?? [];
  if (name === 'index' || name === 'node') return true;
  if (name === undefined || /-(worker|process)$/.test(name)) return false;
  return Object.values(manifest.exports ?? {}).some(({ types }) => types === `./dist/${name}.d.ts`);
}

function unusedExports(module, used) {
  return module.exports
    .filter(({ name }) => !isUsed(used, module.path, name))
    .map(
      ({ name, line }) =>
        `${module.path}:${line}: ${name} is exported and no other source file or index.ts uses it`,
    );
}

/** index.ts is a list of names; each is used by another package, a test or a script, or stands in the documentation. */
function indexViolations(pkg, index, used, documentation) {
  const strangers = index.program.body
    .filter((node) => !isListOfNames(node))
    .map(
      (node) =>
        `${index.path}:${index.lineOf(node.start)}: an entry lists named exports from other files, nothing else`,
    );
  const unused = index.exports
    .filter(({ name, from }) => from !== null && name !== '*')
    .filter(
      ({ name, from, local, typeOnly }) =>
        !isUsed(used, index.path, name) &&
        !isUsed(used, resolveModule(index.path, from), local, index.path) &&
        !mentions(documentation, name) &&
        !(typeOnly && describesAnother(pkg, local)),
    )
    .map(
      ({ name, line }) =>
        `${index.path}:${line}: ${name} is public, but no package, test, script or document uses it`,
    );
  return [...strangers, ...unused];
}

/** `export { a, type B } from './a.ts'`; `export {}` is the list of a package without public names. */
function isListOfNames(node) {
  return (
    node.type === 'ExportNamedDeclaration' &&
    node.declaration === null &&
    (node.source !== null || node.specifiers.length === 0)
  );
}

/** A public type that other declarations of its package are written with. */
function describesAnother(pkg, name) {
  const sources = pkg.src.filter((module) => !isEntry(pkg, module)).map((module) => module.source);
  return sources.join('\n').split(new RegExp(`\\b${name}\\b`)).length > 2;
}

function mentions(documentation, name) {
  return new RegExp(`\\b${name}\\b`).test(documentation);
}

/** Which names each module is asked for, and by whom: '<path> <name>' (or '<path> all') to the set of importing files. */
function usesOf(modules) {
  const uses = new Map();
  for (const { path, imports } of modules) {
    for (const { name: specifier, names } of imports) {
      const target = specifier === null ? null : resolveModule(path, specifier);
      if (target === null) continue;
      for (const name of names === 'all' ? ['all'] : names) {
        const key = `${target} ${name}`;
        uses.set(key, (uses.get(key) ?? new Set()).add(path));
      }
    }
  }
  return uses;
}

/** Whether a file other than the module itself and `except` imports the name, or the whole module. */
function isUsed(uses, path, name, except) {
  const users = [...(uses.get(`${path} ${name}`) ?? []), ...(uses.get(`${path} all`) ?? [])];
  return users.some((user) => user !== path && user !== except);
}

/** The source file behind a specifier ('./fold.js' and '../dist/fold.js' are built from src/fold.ts), null for a third party. */
function resolveModule(importer, specifier) {
  const [, sibling, entry = 'index'] = /^@vqforge\/(\w+)(?:\/([\w-]+))?$/.exec(specifier) ?? [];
  if (sibling !== undefined) return `packages/${sibling}/src/${entry}.ts`;
  if (!specifier.startsWith('.')) return null;
  const path = posix.join(posix.dirname(importer), specifier);
  return path.replace(/^(packages\/\w+)\/dist\//, '$1/src/').replace(/\.js$/, '.ts');
}
