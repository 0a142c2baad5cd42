import type { DataType, Dim } from '../model.ts';

/** A size, the name of a symbolic one, or undefined where nothing is known. */
export type InferredDim = Dim | undefined;
export type InferredShape = readonly InferredDim[];

/** A value as far as it is known before the model runs. */
export interface InferredValue {
  readonly dataType?: DataType | undefined;
  readonly shape?: InferredShape | undefined;
  /** The elements of a short integer vector that is constant or computed from shapes, such as Reshape's target. */
  readonly elements?: InferredShape | undefined;
}

/** Shapes that an operator cannot take; the checker turns it into a finding at the node. */
export class ShapeMismatch extends Error {}

/** Two dimensions that must be the same one. Different names may still be equal at run time. */
export function unify(a: InferredDim, b: InferredDim, what: string): InferredDim {
  if (typeof a === 'number' && typeof b === 'number' && a !== b) {
    throw new ShapeMismatch(`${what}: ${a} and ${b}`);
  }
  if (typeof a === 'number' || b === undefined) return a;
  return typeof b === 'number' ? b : (a ?? b);
}

/** Multidirectional broadcasting: https://onnx.ai/onnx/repo-docs/Broadcasting.html */
export function broadcast(shapes: readonly (InferredShape | undefined)[]): InferredShape | undefined {
  if (shapes.some((shape) => shape === undefined)) return undefined;
  return (shapes as InferredShape[]).reduce((a, b) => {
    const rank = Math.max(a.length, b.length);
    const at = (shape: InferredShape, axis: number): InferredDim => {
      const own = axis - rank + shape.length;
      return own < 0 ? 1 : shape[own];
    };
    return Array.from({ length: rank }, (_, axis) =>
      broadcastDim(at(a, axis), at(b, axis), () => `cannot broadcast ${show(a)} with ${show(b)}`),
    );
  });
}

function broadcastDim(a: InferredDim, b: InferredDim, what: () => string): InferredDim {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === 'number' && typeof b === 'number') throw new ShapeMismatch(what());
  // A name beside a size of 2 or more: it must be that size, or 1.
  if (typeof a === 'number') return a;
  return typeof b === 'number' ? b : undefined;
}

/** An axis in [-rank, rank) as one in [0, rank). */
export function normalAxis(axis: number, rank: number): number {
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw new ShapeMismatch(`axis ${axis} of a value of rank ${rank}`);
}

/** Refuses a shape of another rank. @throws ShapeMismatch */
export function needRank(shape: InferredShape, rank: number, what: string): void {
  if (shape.length !== rank) throw new ShapeMismatch(`${what} needs rank ${rank}, got ${show(shape)}`);
}

/**
 * The number of elements of `shape` over that of `divisor`; names that stand in both cancel.
 * Undefined where it is not a number or a single name.
 */
export function quotient(shape: InferredShape, divisor: InferredShape): InferredDim {
  const names = shape.filter((dim) => typeof dim === 'string');
  for (const dim of divisor) {
    if (typeof dim === 'number') continue;
    const index = dim === undefined ? -1 : names.indexOf(dim);
    if (index === -1) return undefined;
    names.splice(index, 1);
  }
  if (shape.includes(undefined)) return undefined;
  const product = (dims: InferredShape): number =>
    dims.reduce<number>((total, dim) => (typeof dim === 'number' ? total * dim : total), 1);
  const below = product(divisor);
  if (below === 0) return undefined;
  const ratio = product(shape) / below;
  if (names.length === 0) return ratio;
  return names.length === 1 && ratio === 1 ? names[0] : undefined;
}

/** The vector as plain numbers, when all of it is known. */
export function numbers(elements: InferredShape | undefined): readonly number[] | undefined {
  return elements?.every((element) => typeof element === 'number') ? elements : undefined;
}

/** A shape as messages spell it. */
export function show(shape: InferredShape | undefined): string {
  return shape === undefined ? 'unknown shape' : `[${shape.map((dim) => dim ?? '?').join(', ')}]`;
}
