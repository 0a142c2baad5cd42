import { parentPort, workerData } from 'node:worker_threads';

/** One kind of call that a thread answers: what it is sent and what it sends back, both by structured clone. */
export interface ThreadCall {
  readonly request: unknown;
  readonly reply: unknown;
}

/** The calls that a thread answers, by name: an interface whose members are each a `ThreadCall`. */
export type ThreadCalls<Calls> = { readonly [Name in keyof Calls]: ThreadCall };

/** A message from a pool to a thread: a call, or `STOP`. */
type ThreadRequest = { readonly id: number; readonly name: string; readonly request: unknown } | typeof STOP;

/** Asks a thread to end itself between two calls. */
export const STOP = 'stop';

/** A thread's answer to call `id`: how much work is done so far, at last the reply or what was thrown. */
export type ThreadAnswer =
  | { readonly id: number; readonly done: number }
  | { readonly id: number; readonly reply: unknown }
  | { readonly id: number; readonly thrown: ThrownError };

/** An error as it crosses to the pool's thread: structured clone drops a class and its properties. */
export interface ThrownError {
  /** `name` of the error, for a coded error its class: `TrainError`. */
  readonly name: string;
  readonly message: string;
  /** Other own properties that are strings, numbers, booleans or null: `code` of a coded error. */
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** The means of a call's handler, besides its request. */
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
