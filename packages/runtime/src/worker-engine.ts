import { Worker } from 'node:worker_threads';
import type { Engine, EngineName, Session } from './engine.ts';
import { reasonOf, RuntimeError } from './errors.ts';
import type { CallName, SessionCalls, SessionReply } from './session-messages.ts';
import type { Tensor, Tensors } from './tensor.ts';

/**
 * An engine in a thread of its own, for one session: a native run computes in the thread that calls it, which can do
 * nothing else meanwhile. Tensors are copied to the thread and back.
 *
 * @throws RuntimeError ENGINE_UNAVAILABLE
 */
export async function workerEngine(name: EngineName | undefined): Promise<Engine> {
  const thread = new SessionThread(name);
  const description = await thread.call('engine', null).catch(async (error: unknown) => {
    await thread.end();
    throw new RuntimeError('ENGINE_UNAVAILABLE', reasonOf(error), { cause: error });
  });
  return {
    ...description,
    load: async (onnx, provider, options): Promise<Session> => {
      const { inputs, outputs } = await thread.call('load', { onnx, provider, options });
      return {
        inputs,
        outputs,
        run: (feeds, fetches) => thread.call('run', { feeds: ownBuffers(feeds), fetches }),
        release: async () => {
          await thread.call('release', null);
        },
      };
    },
    close: () => thread.end(),
  };
}

interface Call {
  resolve(value: never): void;
  reject(error: Error): void;
}

class SessionThread {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  #count = 0;
  #failure: Error | undefined;

  constructor(engine: EngineName | undefined) {
    this.#worker = new Worker(new URL('./session-worker.js', import.meta.url), {
      // of a program given as text, Node's own flags would be for the thread too
      execArgv: [],
      workerData: { engine },
    });
    this.#worker.on('message', (reply: SessionReply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`the session's thread ended with code ${code}`)));
    // an open model does not keep a process alive, only a run does
    this.#worker.unref();
  }

  call<Name extends CallName>(
    name: Name,
    request: SessionCalls[Name]['request'],
  ): Promise<SessionCalls[Name]['reply']> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#count++;
    if (this.#calls.size === 0) this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, request });
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(reply: SessionReply): void {
    const call = this.#calls.get(reply.id);
    this.#calls.delete(reply.id);
    if (this.#calls.size === 0) this.#worker.unref();
    if ('failure' in reply) call?.reject(new Error(reply.failure));
    else call?.resolve(reply.value as never);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const call of this.#calls.values()) call.reject(this.#failure);
    this.#calls.clear();
  }
}

/** A part of a larger buffer would be sent with the whole buffer. */
function ownBuffers(feeds: Tensors): Tensors {
  const own = ({ data, ...tensor }: Tensor): Tensor => ({
    ...tensor,
    data: data.byteLength < data.buffer.byteLength ? data.slice() : data,
  });
  return Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, own(tensor)]));
}
