import { CodedError } from '@vqforge/base';
import type { ScoreEvent, ScoreRequest } from './score-calls.ts';
import { runScore } from './score-run.ts';

/** The thread of one run. The page ends the thread to cancel the run, and with it the threads that it has started. */
export function receive(request: ScoreRequest): void {
  const tell = (event: ScoreEvent): void => postMessage(event);
  runScore(request, { tell, now: () => performance.now() }).catch((error: unknown) => {
    const code = error instanceof CodedError ? error.code : 'INTERNAL';
    tell({ kind: 'failed', code, message: error instanceof Error ? error.message : String(error) });
  });
}
