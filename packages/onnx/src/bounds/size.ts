import { constant, multiply, type Polynomial, scale } from './polynomial.ts';

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

/** What is known of a value before anything runs. */
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

export function ofAtom(atom: Atom): Size {
  return { coefficient: 1, atoms: [atom] };
}

export function isNumber({ atoms }: Size): boolean {
  return atoms.length === 0;
}

export function isEqual(a: Size, b: Size): boolean {
  return (
    a.coefficient === b.coefficient &&
    a.atoms.length === b.atoms.length &&
    a.atoms.every(({ name }, index) => name === b.atoms[index]?.name)
  );
}

/** More factors than any axis of a real graph has. */
const MOST_ATOMS = 16;

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

export function sum(a: Size, b: Size): Size {
  const [one, other] = [a, b].map((size) => ({ ...size, coefficient: 1 })) as [Size, Size];
  if (isEqual(one, other)) return { ...a, coefficient: a.coefficient + b.coefficient };
  throw new UnknownSize(`${show(a)} + ${show(b)} is not one size`);
}

export function upperBound({ coefficient, atoms }: Size): Polynomial {
  return scale(
    atoms.reduce((total, { upper }) => multiply(total, upper), constant(1)),
    coefficient,
  );
}

export function show({ coefficient, atoms }: Size): string {
  if (atoms.length === 0) return String(coefficient);
  return [...(coefficient === 1 ? [] : [coefficient]), ...atoms.map(({ name }) => name)].join('·');
}

export function showShape(shape: readonly Size[]): string {
  return `[${shape.map(show).join(', ')}]`;
}
