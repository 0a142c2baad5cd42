import { float32Tensor, type Float32Tensor } from '@vqforge/ort';
import { rotatedBlocks } from './network.ts';

/** Share of the old statistic that a new gradient leaves. */
const KEPT = 0.9;

/** Added to the statistic's diagonal, as a share of its mean: directions without gradient stay as they are. */
const RIDGE = 1e-6;

/**
 * The basis in which the optimiser `soap` keeps the moments of one layer: the eigenvectors of a running mean of GᵀG over the
 * layer's gradients G [rows, columns], followed by one step of orthogonal iteration at a time.
 *
 * Float64 from + − × ÷ √ alone, in one order: the same bits on every machine.
 */
class Eigenbasis {
  readonly #rows: number;
  readonly #columns: number;
  /** GᵀG, [columns, columns]. */
  readonly #statistic: Float64Array;
  /** Row j is the j-th basis vector; [columns, columns], orthonormal. */
  #basis: Float64Array;

  /** Starts as the identity. */
  constructor(rows: number, columns: number) {
    this.#rows = rows;
    this.#columns = columns;
    this.#statistic = new Float64Array(columns * columns);
    this.#basis = new Float64Array(columns * columns);
    for (let i = 0; i < columns; i++) this.#basis[i * columns + i] = 1;
  }

  /** The basis vectors as rows, [columns, columns]. */
  get vectors(): Float32Array {
    return Float32Array.from(this.#basis);
  }

  /** Takes one more gradient into the statistic, [rows, columns] row-major, and follows its eigenvectors. */
  update(gradient: Float32Array): void {
    this.#accumulate(gradient);
    const columns = this.#columns;
    const statistic = this.#statistic;
    const basis = this.#basis;
    let trace = 0;
    for (let i = 0; i < columns; i++) trace += statistic[i * columns + i] as number;
    // without any gradient yet there is nothing to follow
    if (trace === 0) return;
    const ridge = (RIDGE * trace) / columns;
    const next = new Float64Array(columns * columns);
    for (let j = 0; j < columns; j++) {
      const to = j * columns;
      for (let k = 0; k < columns; k++) next[to + k] = ridge * (basis[to + k] as number);
      for (let i = 0; i < columns; i++) {
        const factor = basis[to + i] as number;
        const from = i * columns;
        for (let k = 0; k < columns; k++)
          next[to + k] = (next[to + k] as number) + factor * (statistic[from + k] as number);
      }
    }
    orthonormalise(next, columns);
    this.#basis = next;
  }

  #accumulate(gradient: Float32Array): void {
    const columns = this.#columns;
    const statistic = this.#statistic;
    for (let i = 0; i < statistic.length; i++) statistic[i] = KEPT * (statistic[i] as number);
    for (let row = 0; row < this.#rows; row++) {
      const from = row * columns;
      for (let i = 0; i < columns; i++) {
        const factor = (1 - KEPT) * (gradient[from + i] as number);
        const to = i * columns;
        for (let k = 0; k < columns; k++)
          statistic[to + k] = (statistic[to + k] as number) + factor * (gradient[from + k] as number);
      }
    }
  }
}

/** Rows of a square matrix made orthonormal, in order (modified Gram–Schmidt). */
function orthonormalise(matrix: Float64Array, size: number): void {
  for (let j = 0; j < size; j++) {
    const row = matrix.subarray(j * size, (j + 1) * size);
    for (let k = 0; k < j; k++) {
      const other = matrix.subarray(k * size, (k + 1) * size);
      let projection = 0;
      for (let i = 0; i < size; i++) projection += (row[i] as number) * (other[i] as number);
      for (let i = 0; i < size; i++) row[i] = (row[i] as number) - projection * (other[i] as number);
    }
    let squares = 0;
    for (let i = 0; i < size; i++) squares += (row[i] as number) * (row[i] as number);
    const norm = Math.sqrt(squares);
    for (let i = 0; i < size; i++) row[i] = (row[i] as number) / norm;
  }
}

/** The bases of all layers of a network. */
export class Eigenbases {
  readonly #layers: readonly {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly basis: Eigenbasis;
  }[];

  constructor(features: number) {
    let to = 0;
    this.#layers = rotatedBlocks(features).flatMap(({ rows, columns, basis }) => {
      const from = to;
      to += rows * columns;
      return basis === undefined ? [] : [{ name: basis, from, to, basis: new Eigenbasis(rows, columns) }];
    });
  }

  /** Inputs of the training graph. */
  feeds(): Readonly<Record<string, Float32Tensor>> {
    return Object.fromEntries(
      this.#layers.map(({ name, basis }) => {
        const data = basis.vectors;
        const columns = Math.sqrt(data.length);
        return [name, float32Tensor(data, [columns, columns])];
      }),
    );
  }

  /** @param gradient of the flat parameter vector */
  update(gradient: Float32Array): void {
    for (const { from, to, basis } of this.#layers) basis.update(gradient.subarray(from, to));
  }
}
