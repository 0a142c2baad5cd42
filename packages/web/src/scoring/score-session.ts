import { startWorker } from '../start-worker.ts';
import type { ScoreEvent, ScoreRequest } from './score-calls.ts';

/** At most one run at a time, each in a thread of its own that ends with it: no message of a run outlives it. */
export class ScoreSession {
  #worker: Worker | undefined;
  /** Counts runs: what comes of an earlier one is dropped. */
  #run = 0;

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /** Starts a run; one that is under way ends at once. */
  start(request: ScoreRequest, tell: (event: ScoreEvent) => void): void {
    this.cancel();
    const run = this.#run;
    const worker = startWorker('score');
    this.#worker = worker;
    const take = (event: ScoreEvent): void => {
      if (run !== this.#run) return;
      if (event.kind === 'done' || event.kind === 'failed') this.cancel();
      tell(event);
    };
    worker.addEventListener('message', ({ data }: MessageEvent<ScoreEvent>) => take(data));
    worker.addEventListener('error', ({ message }) =>
      take({
        kind: 'failed',
        code: 'WORKER_FAILED',
        message: `the run's thread cannot be loaded or has failed${message ? `: ${message}` : ''}; reload the page`,
      }),
    );
    worker.postMessage(request);
  }

  /** Ends the run that is under way, if there is one, with all its threads. */
  cancel(): void {
    this.#run++;
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
