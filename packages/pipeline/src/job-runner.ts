import { PipelineError } from './errors.ts';

/** A piece of work as plain data, so that it can be handed to another process, or run again after a kill. */
export interface Job<Input> {
  /** Equal work has an equal key. */
  readonly key: string;
  /** JSON. */
  readonly input: Input;
}

/** Jobs whose number is known, to be gone through any number of times; they may be made when their turn comes. */
export interface Jobs<Input> extends Iterable<Job<Input>> {
  readonly length: number;
}

/** A share of work that is divided among machines, from 1 to `count`. */
export interface Share {
  readonly index: number;
  readonly count: number;
}

/**
 * The items of one share: every `count`-th. Shares are disjoint, and together they are all.
 *
 * @throws PipelineError BAD_INPUT for a share that is none
 * @example itemsOfShare(['a', 'b', 'c'], { index: 1, count: 2 }) // => ['a', 'c']
 */
export function itemsOfShare<T>(items: readonly T[], { index, count }: Share): T[] {
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(index) || index < 1 || index > count)
    throw new PipelineError('BAD_INPUT', `share ${index}/${count} is none: expected i/n with i from 1 to n`);
  return items.filter((_, at) => at % count === index - 1);
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
    jobs: Jobs<Input>,
    work: (input: Input) => Promise<Output>,
    done: (job: Job<Input>, output: Output) => Promise<void> | void,
    group?: JobGroup,
  ): Promise<void>;
}

/** Jobs as a whole: the name of their queue, and how many run at a time. */
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
  readonly signal?: AbortSignal | undefined;
}): Runner {
  return {
    async run(jobs, work, done) {
      const iterator = jobs[Symbol.iterator]();
      let failure: { readonly error: unknown } | undefined;
      const turns = new Turns();
      const seat = async (): Promise<void> => {
        for (;;) {
          if (failure !== undefined || signal?.aborted === true) return;
          const { value: job, done: isOver } = iterator.next();
          if (isOver === true) return;
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
