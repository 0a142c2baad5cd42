/** A dense float64 array in row-major order; integers of the graph, such as axes, are stored the same way. */
export interface Tensor64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** A tensor from a function of the index of each element. */
export function build(shape: readonly number[], element: (...index: number[]) => number): Tensor64 {
  const data = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = element(...index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index.at(axis)! + 1) % shape.at(axis)!;
      if (index[axis] !== 0) break;
    }
  }
  return { shape, data };
}

/** The element at an index of a shape that `tensor` broadcasts to: aligned at the last axis, size 1 repeats. */
export function at({ shape, data }: Tensor64, index: readonly number[]): number {
  const offset = index.length - shape.length;
  const flat = shape.reduce(
    (position, dim, axis) => position * dim + (dim === 1 ? 0 : index.at(axis + offset)!),
    0,
  );
  const element = data.at(flat);
  if (element === undefined) throw new Error(`no element [${index.join()}] in shape [${shape.join()}]`);
  return element;
}

/** @throws Error when the shapes do not broadcast */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = i < rank - a.length ? 1 : a.at(i - rank)!;
    const y = i < rank - b.length ? 1 : b.at(i - rank)!;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`[${a.join()}] and [${b.join()}] do not broadcast`);
    return x === 1 ? y : x;
  });
}
