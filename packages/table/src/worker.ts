import { parentPort } from 'node:worker_threads';
import { ColumnTasks } from './column-tasks.ts';
import { UnexpectedTypeError } from './column-decoder.ts';
import { RowGroupDecoder } from './parquet-file.ts';
import type { SharedTable, WorkerMessage, WorkerRequest, WorkerTask } from './worker-protocol.ts';

// The thread behind WorkerPool: one task at a time, one answer per task.

const port = parentPort!;
const decoder = new RowGroupDecoder();
let table: SharedTable;
let tasks: ColumnTasks;

function post(message: WorkerMessage): void {
  port.postMessage(message);
}

async function run(task: WorkerTask): Promise<WorkerMessage> {
  switch (task.kind) {
    case 'decode': {
      const onRows = (rows: number): void => post({ kind: 'progress', rows });
      return { kind: 'decoded', result: await decoder.decode(task, table.columns, onRows) };
    }
    case 'sort':
      await tasks.sort(task);
      return { kind: 'sorted' };
    case 'arrange':
      return { kind: 'arranged', result: await tasks.arrange(task) };
  }
}

function failure(error: unknown): WorkerMessage {
  const message = error instanceof Error ? error.message : String(error);
  const unreadable = typeof (error as NodeJS.ErrnoException).code === 'string'; // EIO, EMFILE, ESTALE, …
  const reason = error instanceof UnexpectedTypeError ? 'wrong type' : unreadable ? 'unreadable' : 'damaged';
  return { kind: 'failed', reason, message };
}

port.on('message', (request: WorkerRequest) => {
  if (request.kind === 'share') {
    table = request.table;
    tasks = new ColumnTasks(table);
  } else {
    void run(request).catch(failure).then(post);
  }
});
