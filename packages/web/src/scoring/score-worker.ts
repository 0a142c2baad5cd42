import { CodedError } from '@vqforge/base';
import { workerScope } from '../worker-scope.ts';
import type { ScoreEvent, ScoreRequest } from './score-calls.ts';
import { runScore } from './score-run.ts';

/** The thread of one run. The page ends the thread to cancel the run, and with it the threads that it has started. */
const scope = workerScope<ScoreRequest, ScoreEvent>();

scope.receive((request) => {
  runScore(request, { tell: (event) => scope.send(event), now: () => performance.now() }).catch(
    (error: unknown) => {
      const code = error instanceof CodedError ? error.code : 'INTERNAL';
      scope.send({ kind: 'failed', code, message: error instanceof Error ? error.message : String(error) });
    },
  );
});
