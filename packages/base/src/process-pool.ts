import type { Json } from './canonical-json.ts';
import { PoolProcess, type JobOutcome } from './pool-process.ts';

/** How a `ProcessPool` starts and watches its processes. */
export interface ProcessPoolOptions {
  /** Module that runs `answerJobs`, as JavaScript: `new URL('./pair-process.js', import.meta.url)`. */
  readonly script: URL;
  /** Given to the `start` function of `answerJobs` in each process. */
  readonly setup: Json;
  /** Processes at most; each is started by the first job that finds no idle one. */
  readonly size: number;
  /** A job that takes longer ends as timed out: its process is killed. */
  readonly timeoutMs: number;
}

interface Waiting {
  readonly input: Json;
  readonly resolve: (outcome: JobOutcome) => void;
}

/**
 * Child processes that work on jobs from one queue, one job at a time each. A job that ends its process, or never ends, costs the
 * other jobs nothing: its process is started again. Where threads are enough, `ThreadPool` is quicker.
 *
 * @example
 * const pool = new ProcessPool({ script, setup: {}, size: 2, timeoutMs: 60_000 });
 * await pool.run({ path: 'clip.y4m' }); // => { kind: 'done', output: … }
 * pool.close();
 */
export class ProcessPool {
  readonly #idle: PoolProcess[];
  readonly #all: readonly PoolProcess[];
  readonly #waiting: Waiting[] = [];
  #isClosed = false;

  constructor({ size, ...options }: ProcessPoolOptions) {
    this.#all = Array.from({ length: size }, () => new PoolProcess(options));
    this.#idle = [...this.#all];
  }

  /** Has one process work on a job. Never rejects: how the job ended is the answer. */
  run(input: Json): Promise<JobOutcome> {
    return new Promise((resolve) => {
      this.#waiting.push({ input, resolve });
      this.#assign();
    });
  }

  /** Kills all processes with what they started; jobs without an answer end as crashed. */
  close(): void {
    this.#isClosed = true;
    for (const one of this.#all) one.kill();
    this.#assign();
  }

  #assign(): void {
    for (;;) {
      const one = this.#isClosed ? undefined : this.#idle.pop();
      if (one === undefined && !this.#isClosed) return;
      const job = this.#waiting.shift();
      if (job === undefined) {
        if (one !== undefined) this.#idle.push(one);
        return;
      }
      if (one === undefined) job.resolve({ kind: 'crashed', message: 'the processes were stopped' });
      else void this.#give(one, job);
    }
  }

  async #give(one: PoolProcess, { input, resolve }: Waiting): Promise<void> {
    resolve(await one.run(input));
    this.#idle.push(one);
    this.#assign();
  }
}
