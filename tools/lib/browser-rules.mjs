// What a page can load: the entry `.` of these packages reaches no file, process or thread of Node, and no library that does,
// over any number of modules. Types are erased and do not count, except Buffer, which a caller without Node cannot name.
import { posix } from 'node:path';
import { Visitor } from 'vite';

/** Packages whose entry `.` a page loads; what needs Node is their `/node`. */
export const BROWSER_PACKAGES = [
  'base',
  'onnx',
  'ort',
  'artifact',
  'media',
  'features',
  'registry',
  'runtime',
];

/** What a page loads of a package whose entry `.` needs Node. */
const PURE_ENTRIES = ['score'];
/** The page itself: all of its modules. */
const PAGE = 'web';

const NODE_LIBRARY = /^(node:|onnxruntime-node$|sharp$|@sigstore\/|fastify$|@fastify\/|parquet-wasm$)/;
const NODE_GLOBAL = /^(Buffer|process|require|__dirname|__filename|setImmediate)$/;

/** @returns {string[]} one line per violation, with the way on which the module is reached */
export function browserViolations({ packages }) {
  const modules = new Map(packages.flatMap(({ src }) => src.map((module) => [module.path, module])));
  const violations = new Set();
  const seen = new Set();
  const visit = (path, way) => {
    const module = modules.get(path);
    if (module === undefined || seen.has(path)) return;
    seen.add(path);
    for (const line of globalUses(module)) violations.add(`${line}; ${reached(way)}`);
    for (const { name, typeOnly, line, condition } of module.imports) {
      if (typeOnly || name === null || condition === 'node') continue;
      const problem = problemOf(name);
      if (problem !== null) violations.add(`${path}:${line}: ${name} ${problem}; ${reached([...way, path])}`);
      else if (name.startsWith('.')) visit(sourceOf(path, name), [...way, path]);
      else if (name.startsWith('@vqforge/')) {
        const [pkg, entry = 'index'] = name.slice('@vqforge/'.length).split('/');
        visit(`packages/${pkg}/src/${entry}.ts`, [...way, path]);
      }
    }
  };
  for (const { name, src } of packages) {
    if (BROWSER_PACKAGES.includes(name)) visit(`packages/${name}/src/index.ts`, []);
    if (PURE_ENTRIES.includes(name)) visit(`packages/${name}/src/pure.ts`, []);
    if (name === PAGE) for (const { path } of src) visit(path, []);
  }
  return [...violations];
}

function problemOf(name) {
  if (NODE_LIBRARY.test(name)) return 'needs Node';
  if (!name.startsWith('@vqforge/')) return null;
  const [pkg, ...subpath] = name.slice('@vqforge/'.length).split('/');
  if (subpath.includes('node')) return 'is not an entry for pages';
  if (subpath.join('/') === 'pure' && PURE_ENTRIES.includes(pkg)) return null;
  return BROWSER_PACKAGES.includes(pkg) ? null : 'is not a package that a page can load';
}

const reached = (way) =>
  way.length === 0
    ? 'move it to /node'
    : `reached by ${way.map((path) => path.replace('packages/', '')).join(' → ')}`;

/** './fold.ts', or './fold.js' of a worker's address, as a path of the workspace. */
function sourceOf(path, name) {
  return posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts');
}

/** Uses of Node's globals: names that are not a property of something. */
function globalUses(module) {
  const properties = new Set();
  const uses = [];
  const addKey = (node) => {
    if (!node.computed) properties.add(node.key);
  };
  new Visitor({
    MemberExpression(node) {
      if (!node.computed) properties.add(node.property);
    },
    Property: addKey,
    PropertyDefinition: addKey,
    MethodDefinition: addKey,
    TSPropertySignature: addKey,
    TSMethodSignature: addKey,
    Identifier(node) {
      if (NODE_GLOBAL.test(node.name) && !properties.has(node))
        uses.push(`${module.path}:${module.lineOf(node.start)}: ${node.name} is a global of Node`);
    },
  }).visit(module.program);
  return uses;
}
