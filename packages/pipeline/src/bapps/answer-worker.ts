import { parentPort } from 'node:worker_threads';
import type { ThreadReply, ThreadRequest } from './thread-messages.ts';

/** The thread side of `ThreadPool`: one request after another, each answered with what `work` makes of it. */
export function answerRequests<Request, Reply>(work: (request: Request) => Promise<Reply>): void {
  const port = parentPort as NonNullable<typeof parentPort>;
  let last: Promise<unknown> = Promise.resolve();
  const answer = async ({ id, content }: ThreadRequest<Request>): Promise<ThreadReply<Reply>> => {
    try {
      return { id, content: await work(content) };
    } catch (error) {
      return { id, failure: (error as Error).message };
    }
  };
  port.on('message', (request: ThreadRequest<Request>) => {
    last = last.then(async () => port.postMessage(await answer(request)));
  });
}
