import type { EngineName } from '@vqforge/base';
import { ThreadPool } from '@vqforge/base/node';
import type { Engine, Session } from './engine.ts';
import { OrtError } from './errors.ts';
import type { SessionCalls, SessionSetup } from './session-calls.ts';
import type { Tensor, Tensors } from './tensor.ts';

/**
 * An engine in a thread of its own, for one session: a native run computes in the thread that calls it, which can do
 * nothing else meanwhile. Tensors are copied to the thread, unless they are given away, and back.
 *
 * @param lowPriority the threads of this engine wait for others of this process, where the system has priorities of threads
 * @throws OrtError ENGINE_UNAVAILABLE
 */
export async function workerEngine(name: EngineName | undefined, lowPriority = false): Promise<Engine> {
  const thread = new ThreadPool<SessionCalls>({
    script: new URL('./session-worker.js', import.meta.url),
    setup: { engine: name, lowPriority } satisfies SessionSetup,
    size: 1,
    // so that the thread never waits for a message
    callsPerThread: 2,
    // onnxruntime-node aborts the process when its thread is terminated within a call
    ending: 'between calls',
    isolatesFailures: true,
    toError: ({ message }) => new Error(message),
  });
  const description = await thread.run('engine', null).catch(async (error: Error) => {
    await thread.close();
    throw new OrtError('ENGINE_UNAVAILABLE', error.message, { cause: error });
  });
  return {
    ...description,
    load: async (onnx, options): Promise<Session> => {
      const { inputs, outputs } = await thread.run('load', { onnx, options });
      return {
        inputs,
        outputs,
        run: (feeds, fetches, areGivenAway = false) => {
          const own = ownBuffers(feeds);
          const buffers = Object.values(own).map(({ data }) => data.buffer as ArrayBuffer);
          // inputs may share memory
          const transfer = areGivenAway ? [...new Set(buffers)] : [];
          return thread.run('run', { feeds: own, fetches }, { transfer });
        },
        release: async () => {
          await thread.run('release', null);
        },
      };
    },
    close: () => thread.close(),
  };
}

/** A part of a larger buffer would be sent with the whole buffer. */
function ownBuffers(feeds: Tensors): Tensors {
  const own = ({ data, ...tensor }: Tensor): Tensor => ({
    ...tensor,
    data: data.byteLength < data.buffer.byteLength ? data.slice() : data,
  });
  return Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, own(tensor)]));
}
