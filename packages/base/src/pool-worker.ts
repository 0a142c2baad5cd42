import { parentPort, workerData } from 'node:worker_threads';
import {
  STOP,
  type ThreadAnswer,
  type ThreadCalls,
  type ThreadRequest,
  type ThrownError,
} from './thread-messages.ts';

/** What a handler has of the call beside its request. */
export interface CallContext {
  /** Reports work done so far, in any unit that grows; the pool's watchdog counts from the last time that it grew. */
  readonly progress: (done: number) => void;
  /** Names buffers of the reply that move to the caller instead of being copied. */
  readonly give: (...buffers: readonly ArrayBuffer[]) => void;
  /** Aborts when the pool closes: a long handler looks at it between two steps and throws. */
  readonly signal: AbortSignal;
}

/** One function for each call of a thread. */
export type CallHandlers<Calls extends ThreadCalls<Calls>> = {
  readonly [Name in keyof Calls]: (
    request: Calls[Name]['request'],
    context: CallContext,
  ) => Calls[Name]['reply'] | Promise<Calls[Name]['reply']>;
};

/**
 * The thread side of `ThreadPool`: answers one call after another, in the order in which they were sent. When the pool
 * stops the thread, what it is doing comes to its end (or throws at the aborted signal), what waits is dropped, and the
 * thread ends once nothing keeps its event loop busy.
 *
 * @param start makes the handlers from the pool's `setup`
 */
export function answerCalls<Calls extends ThreadCalls<Calls>>(
  start: (setup: unknown, signal: AbortSignal) => CallHandlers<Calls>,
): void {
  const port = parentPort;
  if (port === null) throw new Error('answerCalls runs in a worker thread only, found the main thread');
  const stopping = new AbortController();
  const { signal } = stopping;
  // the pool says which calls there are, and sends no others
  const handlers = start(workerData, signal) as unknown as Readonly<
    Record<string, (request: unknown, context: CallContext) => unknown>
  >;
  let last: Promise<void> = Promise.resolve();
  const answer = async ({ id, name, request }: Exclude<ThreadRequest, typeof STOP>): Promise<void> => {
    if (signal.aborted) return;
    const moved: ArrayBuffer[] = [];
    const context: CallContext = {
      progress: (done) => port.postMessage({ id, done } satisfies ThreadAnswer),
      give: (...buffers) => void moved.push(...buffers),
      signal,
    };
    try {
      const reply = await handlers[name]?.(request, context);
      port.postMessage({ id, reply } satisfies ThreadAnswer, moved);
    } catch (error) {
      port.postMessage({ id, thrown: thrownError(error) } satisfies ThreadAnswer);
    }
  };
  port.on('message', (request: ThreadRequest) => {
    if (request === STOP) {
      stopping.abort();
      port.close();
    } else last = last.then(() => answer(request));
  });
}

function thrownError(error: unknown): ThrownError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), fields: {} };
  const fields = Object.entries(error).filter(
    ([, value]) => value === null || ['string', 'number', 'boolean'].includes(typeof value),
  );
  return { name: error.name, message: error.message, fields: Object.fromEntries(fields) };
}
