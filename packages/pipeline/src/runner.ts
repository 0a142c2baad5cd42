/** A piece of work as plain data, so that it can be handed to another process, or run again after a kill. */
export interface Job<Input> {
  /** Equal work has an equal key. */
  readonly key: string;
  /** JSON. */
  readonly input: Input;
}

/**
 * Where jobs run: in this process, or on a queue that many machines work off. A runner may run a job more than once, so the work
 * of a job must come to the same end when it is repeated.
 */
export interface Runner {
  /**
   * Runs jobs in any order and answers when all are done. The first failure is thrown, after the jobs under way have ended; no
   * other job begins then.
   *
   * @param work what a job does
   * @param done is called with each answer that was worked out here, one call at a time
   * @param group the jobs as a whole: which queue they go through
   */
  run<Input, Output>(
    jobs: readonly Job<Input>[],
    work: (input: Input) => Promise<Output>,
    done: (job: Job<Input>, output: Output) => Promise<void> | void,
    group?: JobGroup,
  ): Promise<void>;
}

/** What jobs have in common. */
export interface JobGroup {
  /** The same on every machine that works on them: a queue is called so. */
  readonly name: string;
  /** How many of them keep this machine busy. */
  readonly parallel: number;
}

/** Runs calls one at a time, in the order in which they came. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  async take(call: () => Promise<void>): Promise<void> {
    const before = this.#last;
    let end = (): void => undefined;
    this.#last = new Promise((resolve) => (end = resolve));
    await before;
    try {
      await call();
    } finally {
      end();
    }
  }
}

/** The runner of this process: `parallel` jobs at a time. A signal that is aborted lets no other job begin. */
export function localRunner({
  parallel,
  signal,
}: {
  readonly parallel: number;
  readonly signal?: AbortSignal;
}): Runner {
  return {
    async run(jobs, work, done) {
      let next = 0;
      let failure: { readonly error: unknown } | undefined;
      const turns = new Turns();
      const seat = async (): Promise<void> => {
        for (;;) {
          const job = jobs[next++];
          if (job === undefined || failure !== undefined || signal?.aborted === true) return;
          try {
            const output = await work(job.input);
            await turns.take(async () => done(job, output));
          } catch (error) {
            failure ??= { error };
          }
        }
      };
      await Promise.all(Array.from({ length: Math.min(parallel, jobs.length) }, seat));
      if (failure !== undefined) throw failure.error;
      signal?.throwIfAborted();
    },
  };
}
