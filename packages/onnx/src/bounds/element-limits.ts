import { type Polynomial, symbolsOf } from './size.ts';
import { Refused } from '../finding.ts';
import type { ServedInputs, ServedKind } from './served-interface.ts';

/**
 * What one value, and what all values that are needed at one time, may be, as multiples of the input: rows × features for a
 * regressor, pixels of both images for a distance. In elements of 4 bytes; the README says what exported graphs need.
 */
export const ELEMENT_LIMITS: Readonly<Record<ServedKind, { readonly value: number; readonly live: number }>> =
  {
    regressor: { value: 128, live: 512 },
    distance: { value: 80, live: 640 },
  };

/** Values that depend on no input may be so many times the file's own constants, besides so many elements. */
const CONSTANT_MULTIPLE = 4;
const CONSTANT_FLOOR = 65_536;

/** How many times the input a number of elements is at most, whatever the symbols stand for, and what it is besides. */
export interface Multiple {
  readonly ofInput: number;
  /** Elements that depend on no input. */
  readonly fixed: number;
}

/**
 * How many times the input a value may be large, at most.
 *
 * @param what named in the refusal
 * @throws Refused UNBOUNDED when the elements grow faster than the input
 */
export function multipleOf(
  elements: Polynomial,
  { batch, refBatch, perUnit }: ServedInputs,
  what: string,
  path: string,
): Multiple {
  const batches = new Set([...batch.atoms, ...(refBatch?.atoms ?? [])].map(({ name }) => name));
  // the input has (m + n) · H · W pixels, so terms of m and terms of n each have the limit
  const sums = new Map<string, number>();
  let fixed = 0;
  let shared = 0;
  for (const [term, coefficient] of elements) {
    const symbols = symbolsOf(term);
    const own = symbols.filter((name) => batches.has(name));
    if (own.length > 1 || new Set(symbols).size < symbols.length)
      throw new Refused('UNBOUNDED', path, `${what} grows with ${term}, faster than the input`);
    if (symbols.length === 0) fixed += coefficient;
    else if (own[0] === undefined) shared += coefficient;
    else sums.set(own[0], (sums.get(own[0]) ?? 0) + coefficient);
  }
  return { ofInput: (shared + Math.max(0, ...sums.values())) / perUnit, fixed };
}

/**
 * Refuses a value whose elements may be more than the stated multiple of the input.
 *
 * @throws Refused UNBOUNDED
 */
export function requireWithin(
  { ofInput, fixed }: Multiple,
  limit: number,
  ownConstants: number,
  what: string,
  path: string,
): void {
  if (ofInput > limit)
    throw new Refused(
      'UNBOUNDED',
      path,
      `${what} is ${ofInput.toFixed(1)} times the input, at most ${limit} is allowed`,
    );
  const allowed = CONSTANT_MULTIPLE * ownConstants + CONSTANT_FLOOR;
  if (fixed > allowed)
    throw new Refused(
      'UNBOUNDED',
      path,
      `${what} has ${fixed} elements whatever the input is, at most ${allowed} are allowed`,
    );
}
