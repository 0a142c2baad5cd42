import type { EngineName } from '@vqforge/base';
import { answerCalls } from '@vqforge/base/node';
import type { Session } from './engine.ts';
import { openEngine } from './open-engine.ts';
import type { SessionCalls } from './session-calls.ts';

/** The thread side of `workerEngine`: one engine, one session. */
answerCalls<SessionCalls>((setup) => {
  const opening = openEngine((setup as { readonly engine?: EngineName }).engine);
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
