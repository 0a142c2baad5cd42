import { parentPort } from 'node:worker_threads';
import { STOP, type ThreadReply, type ThreadRequest } from './thread-messages.ts';

/**
 * The thread side of `ThreadPool`: one request after another, each answered with what `work` makes of it. The pool says what
 * requests are.
 */
export function answerRequests(work: (request: never) => Promise<unknown>): void {
  const port = parentPort as NonNullable<typeof parentPort>;
  let last: Promise<unknown> = Promise.resolve();
  const answer = async ({ id, content }: ThreadRequest<never>): Promise<ThreadReply<unknown>> => {
    try {
      return { id, content: await work(content) };
    } catch (error) {
      return { id, failure: (error as Error).message };
    }
  };
  let isStopping = false;
  const serve = async (request: ThreadRequest<never>): Promise<void> => {
    if (!isStopping) port.postMessage(await answer(request));
  };
  port.on('message', (request: ThreadRequest<never> | typeof STOP) => {
    if (request === STOP) {
      isStopping = true;
      port.close();
      return;
    }
    last = last.then(() => serve(request));
  });
}
