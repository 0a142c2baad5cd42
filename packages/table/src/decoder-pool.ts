import { availableParallelism } from 'node:os';
import { ThreadPool, type ThreadFailure } from '@vqforge/base/node';
import { TableError } from './errors.ts';
import type {
  ArrangeResult,
  ArrangeTask,
  DecoderCalls,
  DecodeResult,
  DecodeTask,
  SharedTable,
  SortTask,
  TaskRunner,
} from './decoder-messages.ts';

interface DecoderPoolOptions {
  /** A task of which no further rows are decoded for so long ends the pool. */
  readonly stallMs: number;
  readonly onRows: (rows: number) => void;
}

/**
 * Threads that decode row groups, sort and hash.
 *
 * The threads are the safety net around the decoder: a panic ends a thread and not the process, a loop is stopped
 * by the watchdog, and ending a thread frees its WebAssembly memory. After the first failure nothing else runs.
 */
export class DecoderPool implements TaskRunner {
  readonly #options: DecoderPoolOptions;
  readonly #threads: ThreadPool<DecoderCalls>;

  constructor(options: DecoderPoolOptions) {
    this.#options = options;
    this.#threads = new ThreadPool({
      script: new URL('./decoder-worker.js', import.meta.url),
      size: 0,
      ending: 'at once',
      // panic messages of the decoder
      dropsStderr: true,
      toError,
    });
  }

  /** Starts threads until there are `size` or one per core; they load the decoder while the caller goes on. */
  grow(size: number): void {
    this.#threads.grow(Math.min(size, availableParallelism()));
  }

  /** Gives all threads the memory that tasks refer to. A failure is the failure of the next task. */
  share(table: SharedTable): void {
    this.#threads.runOnAll('share', table).catch(() => undefined);
  }

  decode(task: DecodeTask): Promise<DecodeResult> {
    const { stallMs, onRows } = this.#options;
    let seen = 0;
    const onProgress = (done: number): void => {
      onRows(done - seen);
      seen = done;
    };
    return this.#threads.run('decode', task, { stallMs, onProgress });
  }

  sort(task: SortTask): Promise<void> {
    return this.#threads.run('sort', task);
  }

  arrange(task: ArrangeTask): Promise<ArrangeResult> {
    return this.#threads.run('arrange', task);
  }

  /** Ends all threads; tasks that are not done are rejected. */
  close(): Promise<void> {
    return this.#threads.close();
  }
}

function toError(failure: ThreadFailure): TableError {
  if (failure.kind === 'closed') return new TableError('ABORTED', 'reading was stopped');
  const { call, message } = failure;
  const code = codeOf(failure);
  const { what = 'the table' } = (call?.name === 'decode' ? call.request : {}) as Partial<DecodeTask>;
  const remedy = code === 'DAMAGED' ? '; fetch or write the file again' : '';
  const cause = failure.kind === 'died' ? failure.cause : undefined;
  // a panic of the decoder has no words but "unreachable"
  const why = failure.kind === 'died' ? `the decoder gave up on its pages (${message})` : message;
  return new TableError(code, `${what} cannot be decoded: ${why}${remedy}`, { cause });
}

function codeOf(failure: ThreadFailure): 'DAMAGED' | 'STALLED' | 'UNREADABLE' | 'WRONG_TYPE' {
  if (failure.kind === 'stalled') return 'STALLED';
  if (failure.kind !== 'threw') return 'DAMAGED';
  // thrown by the column decoder
  if (failure.name === 'UnexpectedTypeError') return 'WRONG_TYPE';
  // EIO, EMFILE, ESTALE, …
  return typeof failure.fields['code'] === 'string' ? 'UNREADABLE' : 'DAMAGED';
}
