import { parentPort } from 'node:worker_threads';
import { sortRows } from './canonical-order.ts';
import { columnDigest } from './column-digest.ts';
import { UnexpectedTypeError } from './column-decoder.ts';
import { RowGroupDecoder } from './parquet-file.ts';
import type {
  ArrangeResult,
  ArrangeTask,
  SharedTable,
  WorkerMessage,
  WorkerRequest,
  WorkerTask,
} from './worker-protocol.ts';

// The thread behind WorkerPool: one task at a time, one answer per task.

const port = parentPort!;
const decoder = new RowGroupDecoder();
let table: SharedTable;

function post(message: WorkerMessage): void {
  port.postMessage(message);
}

async function run(task: WorkerTask): Promise<WorkerMessage> {
  switch (task.kind) {
    case 'decode':
      return {
        kind: 'decoded',
        result: await decoder.decode(task, table.columns, (rows) => post({ kind: 'progress', rows })),
      };
    case 'sort':
      sortRows(table.order.subarray(task.from, task.to), task.columns.map(valuesOf));
      return { kind: 'sorted' };
    case 'arrange':
      return { kind: 'arranged', result: arrange(task) };
  }
}

function valuesOf(name: string): Float64Array | Uint32Array {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new Error(`column ${name} is not shared with this worker`);
  return column.values;
}

function arrange({ column, rows, move, names }: ArrangeTask): ArrangeResult {
  const values = valuesOf(column);
  if (!move) return { sha256: columnDigest(values, names) };
  const moved = permuted(values, table.order.subarray(0, rows));
  return { moved, sha256: columnDigest(moved, names) };
}

const spare = new Map<number, ArrayBufferLike>(); // by bytes per row

/**
 * values[order[0]], values[order[1]], … in shared memory: that of the column moved before, which nobody needs any
 * more. Fresh memory would double the peak, and touching it first costs as much as the move.
 */
function permuted(values: Float64Array | Uint32Array, order: Uint32Array): Float64Array | Uint32Array {
  const width = values.BYTES_PER_ELEMENT;
  const memory = spare.get(width) ?? new SharedArrayBuffer(values.byteLength);
  spare.set(width, values.buffer);
  if (values instanceof Float64Array)
    return gatherNumbers(values, order, new Float64Array(memory, 0, order.length));
  return gatherCodes(values, order, new Uint32Array(memory, 0, order.length));
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

function failure(error: unknown): WorkerMessage {
  const message = error instanceof Error ? error.message : String(error);
  const unreadable = typeof (error as NodeJS.ErrnoException).code === 'string'; // EIO, EMFILE, ESTALE, …
  const reason = error instanceof UnexpectedTypeError ? 'wrong type' : unreadable ? 'unreadable' : 'damaged';
  return { kind: 'failed', reason, message };
}

port.on('message', (request: WorkerRequest) => {
  if (request.kind === 'share') table = request.table;
  else void run(request).catch(failure).then(post);
});
