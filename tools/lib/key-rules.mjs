// No text from outside is the key of an object that has a prototype: `__proto__` would vanish, `constructor` would be there.
import { Visitor } from 'vite';

/** A line says that its key cannot be one that objects inherit: `// own key: <why>`. */
const MARK = /\/\/ own key: \S/;

/** @returns {string[]} one line per violation */
export function keyViolations({ packages }) {
  return packages.flatMap((pkg) => pkg.src.flatMap((module) => moduleViolations(module)));
}

function moduleViolations(module) {
  const plain = new Set();
  const found = [];
  new Visitor({
    VariableDeclarator({ id, init }) {
      if (id.type === 'Identifier' && init?.type === 'ObjectExpression') plain.add(id.name);
    },
  }).visit(module.program);
  new Visitor({
    AssignmentExpression({ left, start }) {
      const isKeyed = left.type === 'MemberExpression' && left.computed && left.property.type !== 'Literal';
      if (isKeyed && left.object.type === 'Identifier' && plain.has(left.object.name))
        found.push({ start, what: `${left.object.name}[…] = … on an object with a prototype` });
    },
    BinaryExpression({ operator, left, right, start }) {
      const isText = !['Literal', 'PrivateIdentifier'].includes(left.type);
      if (operator === 'in' && isText && right.type === 'Identifier')
        found.push({ start, what: `… in ${right.name}, which looks at the prototype too` });
    },
  }).visit(module.program);
  return found
    .map(({ start, what }) => ({ line: module.lineOf(start), what }))
    .filter(({ line }) => !MARK.test(module.textOfLine(line)))
    .map(
      ({ line, what }) =>
        `${module.path}:${line}: ${what}; use a Map or Object.create(null), or end the line in "// own key: <why>"`,
    );
}
