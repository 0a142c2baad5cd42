// Who may import what: levels, declared dependencies, project references, and which files may touch the machine.
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { EDGE_MODULE, EDGE_NAMES, isEdge } from './edge-files.mjs';

/** Who may import whom (docs/architecture.md): from the bottom level to the top. */
const BELOW_PIPELINE = ['onnx', 'artifact', 'table', 'train', 'export', 'registry', 'features', 'runtime'];
const MAY_IMPORT = {
  onnx: [],
  artifact: [],
  table: ['artifact'],
  train: ['onnx', 'artifact', 'table'],
  export: ['onnx', 'artifact'],
  registry: ['onnx', 'artifact', 'table'],
  features: ['artifact'],
  runtime: ['onnx', 'artifact', 'table', 'registry'],
  pipeline: BELOW_PIPELINE,
  cli: [...BELOW_PIPELINE, 'pipeline'],
};

const EXACT_VERSION = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** @returns {string[]} one line per violation */
export function importViolations({ manifest, references, packages }) {
  const rootDevelopment = Object.keys(manifest.devDependencies ?? {});
  return packages.flatMap((pkg) => {
    if (!(pkg.name in MAY_IMPORT))
      return [`packages/${pkg.name}: not in the level table of tools/lib/import-rules.mjs`];
    const dependencies = Object.keys(pkg.manifest.dependencies ?? {});
    const development = Object.keys(pkg.manifest.devDependencies ?? {});
    const inTests = [`@vqforge/${pkg.name}`, ...dependencies, ...development, ...rootDevelopment];
    return [
      ...(references.includes(pkg.name)
        ? []
        : [`tsconfig.json: packages/${pkg.name} is missing from the references`]),
      ...manifestViolations(pkg),
      ...pkg.src.flatMap((module) => moduleViolations(pkg, module, dependencies)),
      ...pkg.src.flatMap((module) => edgeViolations(pkg, module)),
      ...pkg.test.flatMap((module) => moduleViolations(pkg, module, inTests)),
    ];
  });
}

/** package.json dependencies, tsconfig references and the level table must tell one story. */
function manifestViolations({ name, manifest, references }) {
  const path = `packages/${name}/package.json`;
  const violations = [];
  const dependencies = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  for (const [dependency, version] of dependencies) {
    if (!EXACT_VERSION.test(version))
      violations.push(`${path}: ${dependency} is ${version}, expected an exact version`);
  }
  const siblings = dependencies
    .map(([dependency]) => dependency)
    .filter((dependency) => dependency.startsWith('@vqforge/'))
    .map((dependency) => dependency.slice('@vqforge/'.length));
  for (const sibling of siblings) {
    if (!MAY_IMPORT[name].includes(sibling)) violations.push(`${path}: ${name} may not depend on ${sibling}`);
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
    const inside = posix.join(posix.dirname(module.path), name).startsWith(`packages/${pkg.name}/`);
    return inside ? null : `${name} leaves the package; import it by its name`;
  }
  if (builtinModules.includes(name)) return `write node:${name}`;
  if (name.startsWith('node:') || declared.includes(packageOf(name))) return null;
  return `${packageOf(name)} is not declared in packages/${pkg.name}/package.json${whyNot(pkg.name, name)}`;
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

function whyNot(from, specifier) {
  const sibling = /^@vqforge\/(\w+)(?:\/[\w-]+)?$/.exec(specifier)?.[1];
  if (sibling === undefined) return '';
  return MAY_IMPORT[from].includes(sibling)
    ? ', though the level table allows it'
    : ` and ${from} may not import it`;
}

/** 'parquet-wasm/esm' is the package parquet-wasm, '@vqforge/onnx' is itself. */
function packageOf(specifier) {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
