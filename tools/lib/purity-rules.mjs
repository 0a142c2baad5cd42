// What a pure file may not reach for, and which arithmetic may not end up in pinned bytes.
import { Visitor } from 'vite';
import { isEdge } from './edge-files.mjs';

/** Packages whose arithmetic ends up in pinned bytes. Only + - * / sqrt round alike on every platform and Node version. */
const BITS_SHIP = ['onnx', 'table', 'train', 'export', 'features'];
/** A line says that its result is the same everywhere, or that it reaches no pinned byte: `// exact: a power of two`. */
const MARK = /\/\/ (exact|bits do not ship)\b/;
const EXACT_MATH =
  'abs|ceil|clz32|floor|fround|imul|max|min|round|sign|sqrt|trunc|E|LN10|LN2|LOG10E|LOG2E|PI|SQRT1_2|SQRT2';

/** A use is spelled as `usesOf` spells it; the rule holds where `appliesTo` says so. */
const RULES = [
  {
    use: /^Math\.random$/,
    appliesTo: () => true,
    why: 'is not reproducible; take a generator as an argument',
  },
  {
    use: /^(Date\.now|performance\.now|new Date\(\))$/,
    appliesTo: ({ edge }) => !edge,
    why: 'reads the clock; take the time as an argument, or do it in an edge file',
  },
  {
    use: /^(randomBytes|randomUUID|getRandomValues)\(\)$/,
    appliesTo: ({ edge }) => !edge,
    why: 'is not reproducible; take the bytes as an argument, or do it in an edge file',
  },
  {
    use: /^(process\..+|fetch\(\))$/,
    appliesTo: ({ edge }) => !edge,
    why: 'belongs in an edge file or cli',
  },
  {
    use: /^(localeCompare|toLocale\w+)\(\)$/,
    appliesTo: ({ pkg }) => pkg.name !== 'cli',
    why: "depends on the machine's locale; compare with <",
  },
  {
    use: new RegExp(`^(\\*\\*|Math\\.(?!(random|${EXACT_MATH})$).+|Math\\[.*)$`),
    appliesTo: ({ pkg, lineText }) => BITS_SHIP.includes(pkg.name) && !MARK.test(lineText),
    why: 'may round differently on another platform; end the line in "// exact: <why>" or "// bits do not ship: <why>" if it is harmless',
  },
  {
    use: /^(Math|Date|performance|process) renamed$/,
    appliesTo: () => true,
    why: 'hides what is used of it; write the name out where it is used',
  },
];

/** @returns {string[]} one line per violation */
export function purityViolations({ packages }) {
  return packages.flatMap((pkg) => pkg.src.flatMap((module) => moduleViolations(pkg, module)));
}

function moduleViolations(pkg, module) {
  const edge = isEdge(pkg, module);
  return usesOf(module).flatMap(({ use, line }) =>
    RULES.filter(
      (rule) => rule.use.test(use) && rule.appliesTo({ pkg, edge, lineText: module.textOfLine(line) }),
    ).map((rule) => `${module.path}:${line}: ${use} ${rule.why}`),
  );
}

/** What a module uses of the globals: 'Math.exp', 'Math[...]', 'new Date()', 'fetch()', '**', 'Math renamed'. */
function usesOf(module) {
  const uses = [];
  const add = (node, use) => uses.push({ use, line: module.lineOf(node.start) });
  const addPower = (node) => {
    if (/^\*\*=?$/.test(node.operator) && !isExactPower(node)) add(node, '**');
  };
  new Visitor({
    MemberExpression(node) {
      if (node.object.type !== 'Identifier') return;
      add(node, node.object.name + (node.computed ? '[...]' : `.${node.property.name}`));
    },
    VariableDeclarator(node) {
      if (node.init?.type === 'Identifier') add(node, `${node.init.name} renamed`);
    },
    NewExpression(node) {
      if (node.arguments.length === 0) add(node, `new ${node.callee.name}()`);
    },
    CallExpression(node) {
      add(node, `${node.callee.property?.name ?? node.callee.name}()`);
    },
    BinaryExpression: addPower,
    AssignmentExpression: addPower,
  }).visit(module.program);
  return uses;
}

/** 2 ** 31, 2 ** -24, 2 ** DIGIT_BITS and 2n ** k are exact everywhere. */
function isExactPower({ left, right }) {
  if (typeof left.value === 'bigint') return true;
  const exponent = right.type === 'UnaryExpression' ? right.argument : right;
  return left.value === 2 && (Number.isInteger(exponent.value) || /^[A-Z][A-Z0-9_]*$/.test(exponent.name));
}
