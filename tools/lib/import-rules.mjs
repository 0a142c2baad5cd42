// Who may import what: declared dependencies (whose arrows form no circle), project references, and which files may touch
// the machine. What is declared is imported, and what is imported is declared.
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { packageLevels } from './package-levels.mjs';
import { EDGE_MODULE, EDGE_NAMES, isEdge } from './edge-files.mjs';

const EXACT_VERSION = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** @returns {string[]} one line per violation */
export function importViolations({ manifest, references, packages }) {
  const rootDevelopment = Object.keys(manifest.devDependencies ?? {});
  const circles = packageLevels(packages).circles.map(
    (circle) => `packages: ${circle.join(' → ')} is a circle`,
  );
  return circles.concat(
    packages.flatMap((pkg) => {
      // optional ones are loaded when they are asked for, and their absence is an answer
      const optional = optionalPeers(pkg.manifest);
      const dependencies = [...Object.keys(pkg.manifest.dependencies ?? {}), ...optional];
      const development = Object.keys(pkg.manifest.devDependencies ?? {});
      const tested = development.filter((name) => name.startsWith('@vqforge/'));
      const inTests = [`@vqforge/${pkg.name}`, ...dependencies, ...development, ...rootDevelopment];
      return [
        ...(references.includes(pkg.name)
          ? []
          : [`tsconfig.json: packages/${pkg.name} is missing from the references`]),
        ...manifestViolations(pkg),
        ...unusedViolations(pkg, dependencies, pkg.src),
        ...unusedViolations(pkg, tested, [...pkg.src, ...pkg.test, ...pkg.build]),
        ...pkg.src.flatMap((module) => moduleViolations(pkg, module, dependencies)),
        ...pkg.src.flatMap((module) => edgeViolations(pkg, module)),
        ...pkg.test.flatMap((module) => moduleViolations(pkg, module, inTests)),
      ];
    }),
  );
}

/** package.json dependencies and tsconfig references must tell one story. */
function manifestViolations({ name, manifest, references }) {
  const path = `packages/${name}/package.json`;
  const violations = [];
  const dependencies = Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.peerDependencies,
  });
  for (const [dependency, version] of dependencies) {
    if (!EXACT_VERSION.test(version))
      violations.push(`${path}: ${dependency} is ${version}, expected an exact version`);
  }
  const siblings = dependencies
    .map(([dependency]) => dependency)
    .filter((dependency) => dependency.startsWith('@vqforge/'))
    .map((dependency) => dependency.slice('@vqforge/'.length));
  for (const sibling of siblings) {
    if (!references.includes(sibling)) {
      violations.push(`packages/${name}/tsconfig.json: ../${sibling} is missing from the references`);
    }
  }
  for (const reference of references) {
    if (!siblings.includes(reference)) {
      violations.push(
        `packages/${name}/tsconfig.json: references ../${reference}, which package.json does not declare`,
      );
    }
  }
  return violations;
}

/** Packages that a user installs for one feature of a package. */
function optionalPeers({ peerDependencies = {}, peerDependenciesMeta = {} }) {
  return Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional === true);
}

/** What a package declares and no module of it imports. */
function unusedViolations({ name, manifest }, declared, modules) {
  const imported = new Set(
    modules.flatMap((module) =>
      module.imports.map((entry) => (entry.name === null ? '' : packageOf(entry.name))),
    ),
  );
  return declared
    .filter((dependency) => !imported.has(dependency) && !isExempt(manifest, dependency))
    .map((dependency) => `packages/${name}/package.json: ${dependency} is declared and not imported`);
}

/** The published command is bundled: it declares what stays outside the bundle. */
function isExempt(manifest, dependency) {
  return manifest.vqforge?.external?.includes(dependency) === true;
}

/** Every import names its package, and that package is declared. */
function moduleViolations(pkg, module, declared) {
  return module.imports.flatMap(({ name, line }) => {
    const problem = importProblem(pkg, module, declared, name);
    return problem === null ? [] : [`${module.path}:${line}: ${problem}`];
  });
}

function importProblem(pkg, module, declared, name) {
  if (name === null) {
    const shipped = module.path.includes('/src/');
    return shipped ? 'imports a computed name, which no check can follow; write the name out' : null;
  }
  if (name.startsWith('.')) {
    const target = posix.join(posix.dirname(module.path), name);
    const shared = !module.path.includes('/src/') && target.startsWith('testing/');
    return shared || target.startsWith(`packages/${pkg.name}/`)
      ? null
      : `${name} leaves the package; import it by its name`;
  }
  if (builtinModules.includes(name)) return `write node:${name}`;
  if (name.startsWith('node:') || declared.includes(packageOf(name))) return null;
  return `${packageOf(name)} is not declared in packages/${pkg.name}/package.json`;
}

function edgeViolations(pkg, module) {
  if (isEdge(pkg, module)) return [];
  return module.imports
    .filter(({ name, typeOnly }) => !typeOnly && EDGE_MODULE.test(name))
    .map(
      ({ name, line }) =>
        `${module.path}:${line}: ${name} may be imported only by edge files (${EDGE_NAMES})`,
    );
}

/** 'parquet-wasm/esm' is the package parquet-wasm, '@vqforge/onnx' is itself. */
function packageOf(specifier) {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
