import type { Attribute, Node } from '../model.ts';
import { isEqual, isNumber, show, type Size, type SizedValue, UnknownSize } from './size.ts';

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

export function needed(inputs: readonly (SizedValue | undefined)[], index: number): SizedValue {
  const value = inputs[index];
  if (value === undefined) throw new UnknownSize(`input ${index} is missing`);
  return value;
}

export function same(a: Size, b: Size, what: string): void {
  if (!isEqual(a, b)) throw new UnknownSize(`${what}: ${show(a)} and ${show(b)}`);
}

export function placed(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) throw new UnknownSize(`axis ${axis} of rank ${rank}`);
  return axis < 0 ? axis + rank : axis;
}

export function numberOf(size: Size, what: string): number {
  if (isNumber(size)) return size.coefficient;
  throw new UnknownSize(`${what} is ${show(size)}`);
}

export function constants({ elements }: SizedValue, what: string): number[] {
  if (elements === undefined) throw new UnknownSize(`${what} are computed`);
  return elements.map((size) => numberOf(size, what));
}

export function integer({ attributes }: Node, name: string, fallback: number): number {
  const attribute = own(attributes, name);
  return attribute?.type === 'int' ? attribute.value : fallback;
}

export function integers({ attributes }: Node, name: string): readonly number[] | undefined {
  const attribute = own(attributes, name);
  return attribute?.type === 'ints' ? attribute.value : undefined;
}

function own(attributes: Readonly<Record<string, Attribute>>, name: string): Attribute | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}
