import { answerCalls } from '@vqforge/base/node';
import { setPriority } from 'node:os';
import type { Session } from './engine.ts';
import { openEngine } from './open-engine.ts';
import type { SessionCalls, SessionSetup } from './session-calls.ts';

/** A third of the processor time of others: this thread and those that it starts wait for the ones that serve. */
const LOW_PRIORITY = 5;

/** The thread side of `workerEngine`: one engine, one session. */
answerCalls<SessionCalls>((setup) => {
  const { engine, lowPriority } = setup as SessionSetup;
  if (lowPriority) yieldToOthers();
  const opening = openEngine(engine);
  // a failure surfaces at the first call
  opening.catch(() => undefined);
  let session: Session | undefined;
  return {
    engine: async () => {
      const { name, version, providers } = await opening;
      return { name, version, providers };
    },
    load: async ({ onnx, options }) => {
      session = await (await opening).load(onnx, options);
      return { inputs: session.inputs, outputs: session.outputs };
    },
    run: ({ feeds, fetches }) => (session as Session).run(feeds, fetches),
    release: async () => {
      await session?.release();
      return null;
    },
  };
});

/** On Linux 0 is the calling thread; elsewhere it is the whole process, which stays as it is. */
function yieldToOthers(): void {
  if (process.platform === 'linux') setPriority(0, LOW_PRIORITY);
}
