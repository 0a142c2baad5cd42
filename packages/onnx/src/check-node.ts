import { quote } from './finding.ts';
import type { DataType, Node } from './model.ts';
import { ELEMENT_TYPES, type OpSchema, type Slot } from './op-table.ts';
import type { InferredValue } from './shapes/value.ts';

/** Lists what is wrong with the number of a node's inputs and outputs, or with which of them are omitted. */
export function arityProblems(node: Node, schema: OpSchema): string[] {
  return [
    ...sideProblems('input', node.inputs, schema.inputs),
    ...sideProblems('output', node.outputs, schema.outputs),
  ];
}

function sideProblems(side: string, names: readonly string[], slots: readonly Slot[]): string[] {
  const problems = slots.flatMap((slot, index) =>
    (slot.occurs === 'once' || slot.occurs === 'some') && (names[index] ?? '') === ''
      ? [`${side} ${index} is missing`]
      : [],
  );
  const open = slots.at(-1)?.occurs === 'any' || slots.at(-1)?.occurs === 'some';
  if (!open && names.length > slots.length) {
    problems.push(`${names.length} ${side}s, at most ${slots.length} are taken`);
  }
  return problems;
}

/** Attributes that the operator does not have, that have the wrong type, or that are missing. */
export function attributeProblems(node: Node, schema: OpSchema): string[] {
  const given = Object.entries(node.attributes).flatMap(([name, { type }]) => {
    const expected = Object.hasOwn(schema.attributes, name) ? schema.attributes[name]!.type : undefined;
    if (expected === undefined) return [`${node.opType} has no attribute ${quote(name)}`];
    return type === expected ? [] : [`attribute ${name} is of type ${type}, expected ${expected}`];
  });
  const missing = Object.entries(schema.attributes)
    .filter(([name, { required }]) => required && !Object.hasOwn(node.attributes, name))
    .map(([name]) => `attribute ${name} is missing`);
  return [...given, ...missing];
}

/** The element types that the op schema's letters take in one call, and what contradicts them. */
export function bindTypes(
  schema: OpSchema,
  inputs: readonly (InferredValue | undefined)[],
): { bound: ReadonlyMap<string, DataType>; problems: string[] } {
  const bound = new Map<string, DataType>();
  const problems: string[] = [];
  for (const [index, input] of inputs.entries()) {
    const letter = slotAt(schema.inputs, index)?.letter;
    if (input?.dataType === undefined || letter === undefined) continue;
    const { dataType } = input;
    const earlier = letter === 'X' ? dataType : (bound.get(letter) ?? dataType);
    if (!ELEMENT_TYPES[letter]!.includes(dataType)) {
      problems.push(`input ${index} is ${dataType}, expected ${ELEMENT_TYPES[letter]!.join(' or ')}`);
    } else if (earlier !== dataType) {
      problems.push(`input ${index} is ${dataType}, expected ${earlier} as before it`);
    } else bound.set(letter, dataType);
  }
  return { bound, problems };
}

/** The element type of an output: that of its letter, where the inputs or the schema decide it. */
export function outputType(
  schema: OpSchema,
  index: number,
  bound: ReadonlyMap<string, DataType>,
): DataType | undefined {
  const letter = slotAt(schema.outputs, index)?.letter;
  if (letter === undefined || letter === 'X') return undefined;
  const types = ELEMENT_TYPES[letter]!;
  return types.length === 1 ? types[0] : bound.get(letter);
}

function slotAt(slots: readonly Slot[], index: number): Slot | undefined {
  const last = slots.at(-1);
  return slots[index] ?? (last?.occurs === 'any' || last?.occurs === 'some' ? last : undefined);
}
