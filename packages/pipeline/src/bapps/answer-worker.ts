import { parentPort } from 'node:worker_threads';
import type { ThreadReply, ThreadRequest } from './thread-messages.ts';

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
  port.on('message', (request: ThreadRequest<never>) => {
    last = last.then(async () => port.postMessage(await answer(request)));
  });
}
