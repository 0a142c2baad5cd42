import { parentPort, workerData } from 'node:worker_threads';
import { type Engine, type EngineName, openEngine, type Session } from './engine.ts';
import { reasonOf } from './errors.ts';
import type { CallName, SessionCalls, SessionReply, SessionRequest } from './session-messages.ts';

/** The thread side of `workerEngine`: one engine, one session. */
const port = parentPort as NonNullable<typeof parentPort>;
const opening: Promise<Engine> = openEngine((workerData as { engine?: EngineName }).engine);
// a failure surfaces at the first call
opening.catch(() => undefined);
let session: Session | undefined;

port.on(
  'message',
  (request: SessionRequest) => void answer(request).then((reply) => port.postMessage(reply)),
);

async function answer(request: SessionRequest): Promise<SessionReply> {
  try {
    return { id: request.id, value: await perform(request) };
  } catch (error) {
    return { id: request.id, failure: reasonOf(error) };
  }
}

async function perform(call: SessionRequest): Promise<SessionCalls[CallName]['reply']> {
  const engine = await opening;
  switch (call.name) {
    case 'engine':
      return { name: engine.name, version: engine.version, providers: engine.providers };
    case 'load': {
      const { onnx, provider, options } = call.request;
      session = await engine.load(onnx, provider, options);
      return { inputs: session.inputs, outputs: session.outputs };
    }
    case 'run':
      return (session as Session).run(call.request.feeds, call.request.fetches);
    case 'release':
      await session?.release();
      return null;
  }
}
