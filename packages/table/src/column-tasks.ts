import { SortMemory, sortRows } from './canonical-order.ts';
import { columnDigest } from './column-digest.ts';
import type { ArrangeResult, ArrangeTask, SharedTable, SortTask, TaskRunner } from './decoder-messages.ts';

/** Does the tasks that need no decoder, on the memory that threads share: in a worker, or here for small tables. */
export class ColumnTasks implements TaskRunner {
  readonly #table: SharedTable;
  #sortMemory = new SortMemory(0);
  readonly #spare = new Map<number, ArrayBufferLike>(); // by bytes per row

  constructor(table: SharedTable) {
    this.#table = table;
  }

  async sort({ from, to, columns }: SortTask): Promise<void> {
    if (this.#sortMemory.size < to - from) this.#sortMemory = new SortMemory(to - from);
    const values = columns.map((name) => this.#values(name));
    sortRows(this.#table.order.subarray(from, to), values, this.#sortMemory);
  }

  async arrange({ column, rows, move, names }: ArrangeTask): Promise<ArrangeResult> {
    const values = this.#values(column);
    if (!move) return { sha256: columnDigest(values, names) };
    const moved = this.#permuted(values, this.#table.order.subarray(0, rows));
    return { moved, sha256: columnDigest(moved, names) };
  }

  #values(name: string): Float64Array | Uint32Array {
    const column = this.#table.columns.find((candidate) => candidate.name === name);
    if (column === undefined) throw new Error(`column ${name} is not shared`);
    return column.values;
  }

  /**
   * values[order[0]], values[order[1]], … in shared memory: that of the column moved before, which is no longer
   * needed. Fresh memory would double the peak, and touching it first costs as much as the move.
   */
  #permuted(values: Float64Array | Uint32Array, order: Uint32Array): Float64Array | Uint32Array {
    const width = values.BYTES_PER_ELEMENT;
    const memory = this.#spare.get(width) ?? new SharedArrayBuffer(values.byteLength);
    this.#spare.set(width, values.buffer);
    if (values instanceof Float64Array)
      return gatherNumbers(values, order, new Float64Array(memory, 0, order.length));
    return gatherCodes(values, order, new Uint32Array(memory, 0, order.length));
  }
}

// Two functions of one line, because a loop that meets two array types runs at half the speed
function gatherNumbers(values: Float64Array, order: Uint32Array, target: Float64Array): Float64Array {
  for (let i = 0; i < order.length; i++) target[i] = values[order[i]!]!;
  return target;
}

function gatherCodes(values: Uint32Array, order: Uint32Array, target: Uint32Array): Uint32Array {
  for (let i = 0; i < order.length; i++) target[i] = values[order[i]!]!;
  return target;
}
