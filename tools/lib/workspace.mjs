// The workspace as data: its packages, their source files, and what each file imports and exports.
// Files are parsed by the TypeScript parser that vite (already a dev dependency) ships: TypeScript 7 has no parser API.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync, Visitor } from 'vite';

/**
 * @typedef {{ name: string, names: string[] | 'all', typeOnly: boolean, line: number, condition?: string }} Import
 * @typedef {{ name: string, typeOnly: boolean, line: number, from: string | null, local: string | null }} Export
 * @typedef {{ path: string, source: string, program: object, codeLines: number, imports: Import[], exports: Export[], lineOf(offset: number): number,
 *   textOfLine(line: number): string }} Module path is relative to the workspace root, with forward slashes
 * @typedef {{ name: string, manifest: object, references: string[], src: Module[], test: Module[],
 *   build: Module[] }} Package build are the scripts that the package's own build runs
 */

/**
 * @returns {{ manifest: object, references: string[], packages: Package[], scripts: Module[], documentation: string }}
 *   scripts are the modules of bench/ and tools/; documentation is the text of docs/ and of every README.md
 */
export function readWorkspace(root) {
  const names = readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'packages', entry.name, 'package.json')))
    .map((entry) => entry.name)
    .sort();
  return {
    manifest: readJson(join(root, 'package.json')),
    references: readReferences(join(root, 'tsconfig.json')),
    packages: names.map((name) => {
      const folder = `packages/${name}`;
      const manifest = readJson(join(root, folder, 'package.json'));
      return {
        name,
        manifest,
        references: readReferences(join(root, folder, 'tsconfig.json')),
        src: readModules(root, `${folder}/src`).map((module) => ({
          ...module,
          imports: module.imports.flatMap((entry) => conditionalImports(manifest, folder, module, entry)),
        })),
        test: [...readModules(root, `${folder}/test`), ...readModules(root, `${folder}/fuzz`)],
        build: readdirSync(join(root, folder))
          .filter((file) => file.endsWith('.mjs'))
          .map((file) => readModule(root, `${folder}/${file}`)),
      };
    }),
    scripts: [...readModules(root, 'bench'), ...readModules(root, 'tools')],
    documentation: ['README.md', 'docs', ...names.map((name) => `packages/${name}/README.md`)]
      .flatMap((path) => readTexts(root, path))
      .join('\n'),
  };
}

/** `#name` stands for a file per condition: the package.json field "imports" says which, as files of dist/. */
function conditionalImports(manifest, folder, module, entry) {
  const targets = manifest.imports?.[entry.name];
  if (targets === undefined) return [entry];
  return Object.entries(targets).map(([condition, target]) => {
    const source = target.replace('./dist/', `${folder}/src/`).replace(/\.js$/, '.ts');
    const relative = posix.relative(posix.dirname(module.path), source);
    return { ...entry, name: relative.startsWith('.') ? relative : `./${relative}`, condition };
  });
}

/** The Markdown text at `path`, a file or a folder that may be absent. */
function readTexts(root, path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [readFileSync(full, 'utf8')];
  return readdirSync(full)
    .filter((name) => name.endsWith('.md'))
    .map((name) => readFileSync(join(full, name), 'utf8'));
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The package names that a tsconfig's project references end in: '../onnx' and 'packages/onnx' are both 'onnx'. */
function readReferences(path) {
  return (readJson(path).references ?? []).map((reference) => reference.path.split('/').at(-1));
}

/** Every TypeScript and JavaScript module under `folder`, in path order. */
function readModules(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => /\.[cm]?[jt]s$/.test(path) && !/\/(node_modules|dist)\//.test(path))
    .sort()
    .map((path) => readModule(root, path));
}

function readModule(root, path) {
  const source = readFileSync(join(root, path), 'utf8');
  const { program, errors, comments } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0].message}`);
  const lines = source.split('\n');
  const lineOf = (offset) => source.slice(0, offset).split('\n').length;
  const textOfLine = (line) => lines[line - 1] ?? '';
  const codeLines = countCodeLines(source, comments);
  return { path, source, program, codeLines, lineOf, textOfLine, ...readImportsAndExports(program, lineOf) };
}

/** Lines that hold more than white space and comments. */
function countCodeLines(source, comments) {
  let code = '';
  let end = 0;
  for (const comment of comments) {
    code += source.slice(end, comment.start);
    end = comment.end;
  }
  return (code + source.slice(end)).split('\n').filter((line) => line.trim() !== '').length;
}

function readImportsAndExports(program, lineOf) {
  const imports = [];
  const exports = [];
  const addImport = (node, literal, names, typeOnly) =>
    imports.push({ name: literalText(literal), names, typeOnly, line: lineOf(node.start) });
  const addExport = (node, name, typeOnly, from = null, local = name) =>
    exports.push({ name, typeOnly, line: lineOf(node.start), from, local });

  new Visitor({
    ImportDeclaration(node) {
      const named = node.specifiers.every((specifier) => specifier.type === 'ImportSpecifier');
      addImport(
        node,
        node.source,
        named ? node.specifiers.map((specifier) => nameOf(specifier.imported)) : 'all',
        node.importKind === 'type' ||
          (node.specifiers.length > 0 &&
            node.specifiers.every((specifier) => specifier.importKind === 'type')),
      );
    },
    ImportExpression(node) {
      addImport(node, node.source, 'all', false);
    },
    TSImportType(node) {
      addImport(node, node.source, 'all', true);
    },
    CallExpression(node) {
      if (isCallThatResolvesModule(node)) addImport(node, node.arguments[0], 'all', false);
    },
    NewExpression(node) {
      // new URL('./fold-worker.js', import.meta.url) starts a worker from a sibling file
      const [target, base] = node.arguments;
      if (
        node.callee.name === 'URL' &&
        base?.object?.type === 'MetaProperty' &&
        /\.[cm]?[jt]s$/.test(target?.value)
      ) {
        const path = target.value.startsWith('.') ? target.value : `./${target.value}`;
        imports.push({ name: path, names: 'all', typeOnly: false, line: lineOf(node.start) });
      }
    },
    ExportAllDeclaration(node) {
      addImport(node, node.source, 'all', node.exportKind === 'type');
      addExport(
        node,
        node.exported ? nameOf(node.exported) : '*',
        node.exportKind === 'type',
        node.source.value,
      );
    },
    ExportDefaultDeclaration(node) {
      addExport(node, 'default', false);
    },
    ExportNamedDeclaration(node) {
      const typeOnly = node.exportKind === 'type';
      const from = node.source?.value ?? null;
      if (from !== null) {
        addImport(
          node,
          node.source,
          node.specifiers.map((specifier) => nameOf(specifier.local)),
          typeOnly,
        );
      }
      for (const specifier of node.specifiers) {
        const type = typeOnly || specifier.exportKind === 'type';
        addExport(specifier, nameOf(specifier.exported), type, from, nameOf(specifier.local));
      }
      const declaration = node.declaration;
      if (declaration === null) return;
      const type = /^TS(Interface|TypeAlias)/.test(declaration.type);
      const declared = declaration.declarations?.map((declarator) => declarator.id) ?? [declaration.id];
      for (const name of declared.flatMap(boundNames)) addExport(node, name, type);
    },
  }).visit(program);
  return { imports, exports };
}

/** require('x'), require.resolve('x') and import.meta.resolve('x') name a module as much as an import does. */
function isCallThatResolvesModule({ callee, arguments: [argument] }) {
  if (argument === undefined) return false;
  if (callee.type === 'Identifier') return callee.name === 'require';
  return (
    callee.type === 'MemberExpression' &&
    callee.property.name === 'resolve' &&
    (callee.object.type === 'MetaProperty' || callee.object.name === 'require')
  );
}

/** The text of a string literal, or null for a computed one. */
function literalText(node) {
  const literal = node.type === 'TSLiteralType' ? node.literal : node;
  return literal.type === 'Literal' && typeof literal.value === 'string' ? literal.value : null;
}

function nameOf(node) {
  return node.name ?? node.value;
}

function boundNames(pattern) {
  switch (pattern.type) {
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => boundNames(property.value ?? property.argument));
    case 'ArrayPattern':
      return pattern.elements.filter(Boolean).flatMap(boundNames);
    case 'AssignmentPattern':
      return boundNames(pattern.left);
    default:
      return [pattern.name];
  }
}
