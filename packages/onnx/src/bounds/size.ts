import type { Node } from '../model.ts';

/**
 * An upper bound of a count: a sum of products of symbols with coefficients of at least 0. The key of a term is its
 * symbols, sorted and joined by "·", '' for the constant term. Symbols stand for integers of at least 1.
 */
export type Polynomial = ReadonlyMap<string, number>;

/** Bounds of real graphs have a handful of terms; a graph that needs more is refused. */
const MOST_TERMS = 64;

/** A bound with more terms than any real graph needs. */
export class TooComplex extends Error {}

/** A bound of a number. */
export function constant(value: number): Polynomial {
  return new Map(value === 0 ? [] : [['', value]]);
}

/** A bound of one symbol. */
export function symbol(name: string): Polynomial {
  return new Map([[name, 1]]);
}

/** The sum of two bounds. @throws TooComplex */
export function add(a: Polynomial, b: Polynomial): Polynomial {
  const sum = new Map(a);
  for (const [term, value] of b) sum.set(term, (sum.get(term) ?? 0) + value);
  return checked(sum);
}

function multiply(a: Polynomial, b: Polynomial): Polynomial {
  const product = new Map<string, number>();
  for (const [left, x] of a) {
    for (const [right, y] of b) {
      const term = [...symbolsOf(left), ...symbolsOf(right)].sort().join('·');
      product.set(term, (product.get(term) ?? 0) + x * y);
    }
  }
  return checked(product);
}

/** A bound times a number of at least 0. */
export function scale(a: Polynomial, factor: number): Polynomial {
  return new Map([...a].map(([term, value]) => [term, value * factor]));
}

/** The symbols of a term, each as often as it is a factor. */
export function symbolsOf(term: string): string[] {
  return term === '' ? [] : term.split('·');
}

function checked(a: Map<string, number>): Polynomial {
  if (a.size > MOST_TERMS) throw new TooComplex(`a bound has more than ${MOST_TERMS} terms`);
  return a;
}

/** Something that stands for one integer of at least 1 at run time: a symbolic axis, or what a window makes of one. */
export interface Atom {
  /** Equal names stand for equal integers. */
  readonly name: string;
  /** Upper bound in the symbols of the inputs. */
  readonly upper: Polynomial;
}

/**
 * The size of an axis for every input at once: a number times a product of atoms. Two sizes with equal coefficient and
 * atoms are equal at run time.
 */
export interface Size {
  readonly coefficient: number;
  /** Sorted by name. */
  readonly atoms: readonly Atom[];
}

/** A value as far as it is known before anything runs. */
export interface SizedValue {
  readonly shape: readonly Size[];
  /** Bytes of an element. */
  readonly width: number;
  /** The elements of a short integer vector that is constant or made of sizes. */
  readonly elements?: readonly Size[] | undefined;
}

/** Why the sizes of a value cannot be known. */
export class UnknownSize extends Error {}

/** A number; also a negative one among the elements of a vector. */
export function exactly(value: number): Size {
  return { coefficient: value, atoms: [] };
}

/** The size of an axis that an atom stands for. */
export function ofAtom(atom: Atom): Size {
  return { coefficient: 1, atoms: [atom] };
}

/** Whether a size has no symbol. */
export function isNumber({ atoms }: Size): boolean {
  return atoms.length === 0;
}

/** Whether two sizes are equal whatever the atoms stand for. */
export function isEqual(a: Size, b: Size): boolean {
  return (
    a.coefficient === b.coefficient &&
    a.atoms.length === b.atoms.length &&
    a.atoms.every(({ name }, index) => name === b.atoms[index]?.name)
  );
}

/** More factors than any axis of a real graph has. */
const MOST_ATOMS = 16;

/** The number of elements of a shape. @throws UnknownSize for more than `MOST_ATOMS` factors */
export function product(sizes: readonly Size[]): Size {
  const atoms = sizes.flatMap((size) => size.atoms).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (atoms.length > MOST_ATOMS) throw new UnknownSize(`a size has more than ${MOST_ATOMS} factors`);
  return { coefficient: sizes.reduce((total, { coefficient }) => total * coefficient, 1), atoms };
}

/**
 * One symbolic size divided by another.
 *
 * @throws UnknownSize unless the division is exact whatever the atoms stand for
 */
export function quotient(a: Size, b: Size): Size {
  const atoms = [...a.atoms];
  for (const { name } of b.atoms) {
    const index = atoms.findIndex((atom) => atom.name === name);
    if (index < 0) throw new UnknownSize(`${show(a)} cannot be divided by ${show(b)}`);
    atoms.splice(index, 1);
  }
  const coefficient = a.coefficient / b.coefficient;
  if (!Number.isInteger(coefficient)) throw new UnknownSize(`${show(a)} cannot be divided by ${show(b)}`);
  return { coefficient, atoms };
}

/** The size of two axes, one behind the other. @throws UnknownSize unless both have the same atoms */
export function sum(a: Size, b: Size): Size {
  const [one, other] = [a, b].map((size) => ({ ...size, coefficient: 1 })) as [Size, Size];
  if (isEqual(one, other)) return { ...a, coefficient: a.coefficient + b.coefficient };
  throw new UnknownSize(`${show(a)} + ${show(b)} is not one size`);
}

/** The largest that a size may be. @throws TooComplex */
export function upperBound({ coefficient, atoms }: Size): Polynomial {
  return scale(
    atoms.reduce((total, { upper }) => multiply(total, upper), constant(1)),
    coefficient,
  );
}

/** A size as messages spell it: `3·H·W`. */
export function show({ coefficient, atoms }: Size): string {
  if (atoms.length === 0) return String(coefficient);
  return [...(coefficient === 1 ? [] : [coefficient]), ...atoms.map(({ name }) => name)].join('·');
}

/** A shape as messages spell it: `[N, 3, H, W]`. */
export function showShape(shape: readonly Size[]): string {
  return `[${shape.map(show).join(', ')}]`;
}

/** One call of an operator; omitted optional inputs are undefined. */
export interface SizedCall {
  readonly node: Node;
  readonly inputs: readonly (SizedValue | undefined)[];
  /** Makes sizes of sliding windows; equal windows over equal sizes give equal sizes. */
  readonly window: (size: Size, window: Window) => Size;
  /** The size of two that are broadcast together, where it can be known. */
  readonly together: (a: Size, b: Size) => Size;
}

/** How a window slides along one axis: round((size − loss − 1) / stride) + 1 positions. */
export interface Window {
  readonly stride: number;
  /** Extent of the dilated window, less one, less the padding. */
  readonly loss: number;
  readonly isCeiled: boolean;
}

/** Sizes of an operator's outputs. @throws UnknownSize */
export type SizeRule = (call: SizedCall) => readonly SizedValue[];

/** An input that the operator cannot do without. @throws UnknownSize */
export function needed(inputs: readonly (SizedValue | undefined)[], index: number): SizedValue {
  const value = inputs[index];
  if (value === undefined) throw new UnknownSize(`input ${index} is missing`);
  return value;
}

/** Refuses two sizes that are not known to be equal. @throws UnknownSize */
export function same(a: Size, b: Size, what: string): void {
  if (!isEqual(a, b)) throw new UnknownSize(`${what}: ${show(a)} and ${show(b)}`);
}

/** An axis counted from 0, where a negative one counts from the last. @throws UnknownSize outside the rank */
export function placed(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) throw new UnknownSize(`axis ${axis} of rank ${rank}`);
  return axis < 0 ? axis + rank : axis;
}

/** A size that must be a number. @throws UnknownSize for a symbolic one */
export function numberOf(size: Size, what: string): number {
  if (isNumber(size)) return size.coefficient;
  throw new UnknownSize(`${what} is ${show(size)}`);
}

/** The elements of an integer vector that must be known. @throws UnknownSize for computed or symbolic ones */
export function constants({ elements }: SizedValue, what: string): number[] {
  if (elements === undefined) throw new UnknownSize(`${what} are computed`);
  return elements.map((size) => numberOf(size, what));
}
