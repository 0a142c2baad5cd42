/**
 * An upper bound of a count: a sum of products of symbols with coefficients of at least 0. The key of a term is its
 * symbols, sorted and joined by "·", '' for the constant term. Symbols stand for integers of at least 1.
 */
export type Polynomial = ReadonlyMap<string, number>;

/** Bounds of real graphs have a handful of terms; a graph that needs more is refused. */
const MOST_TERMS = 64;

/** A bound with more terms than any real graph needs. */
export class TooComplex extends Error {}

export function constant(value: number): Polynomial {
  return new Map(value === 0 ? [] : [['', value]]);
}

export function symbol(name: string): Polynomial {
  return new Map([[name, 1]]);
}

export function add(a: Polynomial, b: Polynomial): Polynomial {
  const sum = new Map(a);
  for (const [term, value] of b) sum.set(term, (sum.get(term) ?? 0) + value);
  return checked(sum);
}

export function multiply(a: Polynomial, b: Polynomial): Polynomial {
  const product = new Map<string, number>();
  for (const [left, x] of a) {
    for (const [right, y] of b) {
      const term = [...symbolsOf(left), ...symbolsOf(right)].sort().join('·');
      product.set(term, (product.get(term) ?? 0) + x * y);
    }
  }
  return checked(product);
}

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
