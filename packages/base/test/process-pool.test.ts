import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ProcessPool } from '@vqforge/base/processes';

const script = new URL('process-pool.mjs', import.meta.url);

function pool(size: number, timeoutMs = 60_000): ProcessPool {
  const made = new ProcessPool({ script, setup: { base: 40 }, size, timeoutMs });
  onTestFinished(() => made.close());
  return made;
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a pool of processes', () => {
  test('answers each job, with at most as many processes as it may have', async () => {
    const two = pool(2);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, value) => two.run({ do: 'add', value })),
    );
    const outputs = outcomes.map((outcome) => (outcome.kind === 'done' ? outcome.output : null)) as {
      sum: number;
      pid: number;
    }[];
    expect(outputs.map(({ sum }) => sum)).toEqual(Array.from({ length: 20 }, (_, value) => 40 + value));
    expect(new Set(outputs.map(({ pid }) => pid)).size).toBeLessThanOrEqual(2);
  });

  test('tells how a job ended, and goes on', async () => {
    const one = pool(1, 3000);
    const [threw, crashed, hung, looped, added] = await Promise.all([
      one.run({ do: 'throw' }),
      one.run({ do: 'exit' }),
      one.run({ do: 'hang' }),
      one.run({ do: 'loop' }),
      one.run({ do: 'add', value: 2 }),
    ]);
    expect(threw).toEqual({ kind: 'threw', code: null, message: 'told to' });
    expect(crashed).toEqual({ kind: 'crashed', message: 'its process ended with code 7: last words' });
    expect(hung).toMatchObject({ kind: 'timed out' });
    expect(looped).toMatchObject({ kind: 'timed out' });
    expect(added).toMatchObject({ kind: 'done', output: { sum: 42 } });
  });

  test('kills what its processes started, when it is closed', async () => {
    const one = pool(1);
    const outcome = await one.run({ do: 'child' });
    const { pid, child } = (outcome.kind === 'done' ? outcome.output : null) as {
      pid: number;
      child: number;
    };
    expect([pid, child].map(isAlive)).toEqual([true, true]);
    const waiting = one.run({ do: 'hang' });
    one.close();
    expect(await waiting).toMatchObject({ kind: 'crashed' });
    // a killed process is gone once its parent has taken note of it
    for (let tries = 0; tries < 100 && isAlive(pid); tries++) await sleep(20);
    expect(isAlive(pid)).toBe(false);
    expect(await one.run({ do: 'add', value: 1 })).toMatchObject({ kind: 'crashed' });
  });
});
