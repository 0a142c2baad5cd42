import { localRunner, type Job } from '@vqforge/pipeline/runner';
import { expect, test } from 'vitest';

const jobs = (count: number): Job<number>[] =>
  Array.from({ length: count }, (_, input) => ({ key: String(input), input }));

/** Lets other jobs go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test.each([1, 2, 5, 100])(
  'every job runs once, at most %i at a time, and answers come one at a time',
  async (parallel) => {
    let [running, most, answering] = [0, 0, 0];
    const answers: number[] = [];
    await localRunner({ parallel }).run(
      jobs(20),
      async (input) => {
        running += 1;
        most = Math.max(most, running);
        for (let i = 0; i <= input % 3; i++) await turn();
        running -= 1;
        return input * 2;
      },
      async ({ key }, output) => {
        answering += 1;
        expect(answering).toBe(1);
        await turn();
        answering -= 1;
        expect(output).toBe(Number(key) * 2);
        answers.push(output);
      },
    );
    expect(most).toBe(Math.min(parallel, 20));
    expect(answers.sort((a, b) => a - b)).toEqual(jobs(20).map(({ input }) => input * 2));
  },
);

test('the first failure is thrown when the jobs under way have ended, and no other job begins', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const run = localRunner({ parallel: 2 }).run(
    jobs(10),
    async (input) => {
      begun.push(input);
      await turn();
      if (input === 1) throw new Error('one');
      await turn();
      ended.push(input);
    },
    () => undefined,
  );
  await expect(run).rejects.toThrow('one');
  expect(begun).toEqual([0, 1]);
  expect(ended).toEqual([0]);
});

test('a failure of an answer is a failure', async () => {
  const run = localRunner({ parallel: 1 }).run(
    jobs(3),
    async (input) => input,
    () => Promise.reject(new Error('disk full')),
  );
  await expect(run).rejects.toThrow('disk full');
});

test('a signal lets no other job begin', async () => {
  const abort = new AbortController();
  const begun: number[] = [];
  const run = localRunner({ parallel: 1, signal: abort.signal }).run(
    jobs(5),
    async (input) => {
      begun.push(input);
      if (input === 1) abort.abort();
    },
    () => undefined,
  );
  await expect(run).rejects.toThrow('aborted');
  expect(begun).toEqual([0, 1]);
});
