import { ThreadPool, type RunOptions, type ThreadFailure } from '@vqforge/base/node';
import { VideoError, type VideoErrorCode } from '@vqforge/media/images';
import { RuntimeError, type RuntimeErrorCode } from '@vqforge/runtime';
import { ServerError, type ServerErrorCode } from './errors.ts';
import type { RequestCalls } from './request-calls.ts';

/**
 * The thread beside the one that serves: it reads, converts and writes what is large, one request after another, so that
 * the server goes on answering meanwhile. It starts with the first such request; when a request ends it, for want of
 * memory, the next one starts another.
 */
export class RequestThread {
  #pool: ThreadPool<RequestCalls> | undefined;

  /** @throws ServerError | VideoError | RuntimeError as the thread threw them; MODEL_FAILED where it ended */
  async run<Name extends keyof RequestCalls>(
    name: Name,
    request: RequestCalls[Name]['request'],
    options: RunOptions = {},
  ): Promise<RequestCalls[Name]['reply']> {
    this.#pool ??= new ThreadPool<RequestCalls>({
      script: new URL('./request-worker.js', import.meta.url),
      size: 1,
      ending: 'between calls',
      isolatesFailures: true,
      toError: errorOf,
    });
    const pool = this.#pool;
    try {
      return await pool.run(name, request, options);
    } catch (error) {
      if (error instanceof ThreadEnded && this.#pool === pool) this.#pool = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }
}

/** The thread is gone, with everything that it was asked. */
class ThreadEnded extends Error {}

/** Classes do not cross between threads, codes do. */
function errorOf(failure: ThreadFailure): Error {
  if (failure.kind !== 'threw') return new ThreadEnded(failure.message);
  const { name, message, fields } = failure;
  const code = fields['code'];
  if (typeof code === 'string') {
    // a bundle may number classes of one name
    if (name.startsWith('ServerError')) return new ServerError(code as ServerErrorCode, message);
    if (name.startsWith('VideoError')) return new VideoError(code as VideoErrorCode, message);
    if (name.startsWith('RuntimeError')) return new RuntimeError(code as RuntimeErrorCode, message);
  }
  return new Error(message);
}
