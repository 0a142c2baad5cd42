import { spawnSync } from 'node:child_process';
import { CodedError, inOrder } from '@vqforge/base';
import { ThreadPool, type ThreadFailure, type ThreadPoolOptions } from '@vqforge/base/node';
import { afterEach, expect, test } from 'vitest';

interface Calls {
  double: { request: number; reply: number };
  setup: { request: null; reply: unknown };
  thread: { request: null; reply: number };
  share: { request: string; reply: number };
  shared: { request: null; reply: string[] };
  swallow: { request: Uint8Array; reply: number };
  fill: { request: { bytes: number }; reply: Uint8Array };
  fail: { request: { code: string }; reply: never };
  die: { request: 'exit' | 'throw'; reply: never };
  hang: { request: null; reply: never };
  repeatsItself: { request: null; reply: never };
  advances: { request: { steps: number; milliseconds: number }; reply: number };
  stops: { request: { counter: Int32Array }; reply: never };
  unclonable: { request: null; reply: never };
}

class PoolError extends CodedError<ThreadFailure['kind']> {
  readonly failure: ThreadFailure;

  constructor(failure: ThreadFailure) {
    super(failure.kind, failure.message);
    this.failure = failure;
  }
}

const script = new URL('./pool-thread.mjs', import.meta.url);
const pools: ThreadPool<Calls>[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function open(options: Partial<ThreadPoolOptions> = {}): ThreadPool<Calls> {
  const toError = (failure: ThreadFailure): PoolError => new PoolError(failure);
  const pool = new ThreadPool<Calls>({ script, size: 1, ending: 'at once', toError, ...options });
  pools.push(pool);
  return pool;
}

const failedAs = (kind: ThreadFailure['kind'], text: RegExp): unknown =>
  expect.objectContaining({ code: kind, message: expect.stringMatching(text) as string });

test('calls are answered, each by one thread, as many at once as there are threads', async () => {
  const pool = open({ size: 2, setup: { of: 'all' } });
  expect(await Promise.all(Array.from({ length: 20 }, (_, i) => pool.run('double', i)))).toEqual(
    Array.from({ length: 20 }, (_, i) => 2 * i),
  );
  expect(await pool.run('setup', null)).toEqual({ of: 'all' });
  expect(new Set(await pool.runOnAll('thread', null)).size).toBe(2);
  pool.grow(3);
  expect(new Set(await pool.runOnAll('thread', null)).size).toBe(3);
});

test('a call for all threads goes before calls that wait', async () => {
  const pool = open();
  const slow = pool.run('advances', { steps: 1, milliseconds: 20 });
  const later = pool.run('shared', null);
  await pool.runOnAll('share', 'table');
  expect(await later).toEqual(['table']);
  await slow;
});

test('a call may go first, and short calls may be sent ahead', async () => {
  const order: string[] = [];
  const pool = open();
  await Promise.all([
    pool.run('advances', { steps: 1, milliseconds: 20 }).then(() => order.push('under way')),
    pool.run('double', 1).then(() => order.push('second')),
    pool.run('double', 2, { first: true }).then(() => order.push('first')),
  ]);
  expect(order).toEqual(['under way', 'first', 'second']);
  const ahead = open({ size: 2, callsPerThread: 3 });
  const replies = inOrder([1, 2, 3, 4, 5, 6, 7, 8], 8, (i) => ahead.run('double', i));
  const doubled: number[] = [];
  for await (const reply of replies) doubled.push(reply);
  expect(doubled).toEqual([2, 4, 6, 8, 10, 12, 14, 16]);
});

test('buffers move both ways instead of being copied', async () => {
  const pool = open();
  const sent = new Uint8Array(1000);
  expect(await pool.run('swallow', sent, { transfer: [sent.buffer] })).toBe(1000);
  expect(sent.byteLength).toBe(0);
  expect(await pool.run('fill', { bytes: 3 })).toEqual(Uint8Array.of(7, 7, 7));
});

test('the first call that throws rejects all others with its reason, those under way, waiting and later', async () => {
  const pool = open({ size: 2 });
  const calls = [
    pool.run('hang', null),
    pool.run('fail', { code: 'PAPER' }),
    pool.run('double', 1),
    pool.runOnAll('double', 1),
  ];
  const settled = await Promise.allSettled(calls);
  const rejected = { status: 'rejected', reason: failedAs('threw', /^no PAPER$/) };
  expect(settled).toEqual([rejected, rejected, rejected, rejected]);
  await expect(pool.run('double', 1)).rejects.toEqual(failedAs('threw', /^no PAPER$/));
  const { failure } = (settled[0] as PromiseRejectedResult).reason as PoolError;
  expect(failure).toMatchObject({
    name: 'RangeError',
    fields: { code: 'PAPER', place: 3 },
    call: { name: 'fail', request: { code: 'PAPER' } },
  });
  expect(failure).not.toHaveProperty('fields.object');
});

test('failures may be the calls own', async () => {
  const pool = open({ isolatesFailures: true, callsPerThread: 2 });
  const failing = pool.run('fail', { code: 'INK' });
  const good = pool.run('double', 4);
  await expect(failing).rejects.toEqual(failedAs('threw', /^no INK$/));
  expect(await good).toBe(8);
  await expect(pool.run('unclonable', null)).rejects.toEqual(failedAs('threw', /could not be cloned/));
  await expect(pool.run('share', (() => 1) as unknown as string)).rejects.toThrow(/could not be cloned/);
  expect(await pool.run('double', 5)).toBe(10);
});

test.each([
  ['exit', /^the thread ended with code 9$/],
  ['throw', /^out of luck$/],
] as const)(
  'a thread that dies (%s) ends the pool, failures of calls being isolated or not',
  async (how, text) => {
    const pool = open({ size: 2, isolatesFailures: true });
    const calls = await Promise.allSettled([
      pool.run('die', how),
      pool.run('hang', null),
      pool.run('double', 1),
    ]);
    const rejected = { status: 'rejected', reason: failedAs('died', text) };
    expect(calls).toEqual([rejected, rejected, rejected]);
  },
);

test('a module that does not load ends the pool', async () => {
  const pool = open({ script: new URL('./absent.mjs', import.meta.url) });
  await expect(pool.run('double', 1)).rejects.toEqual(failedAs('died', /absent\.mjs/));
});

test.each(['hang', 'repeatsItself'] as const)(
  'a thread whose work does not advance (%s) is ended',
  async (name) => {
    const pool = open({ stallMs: 200, dropsStderr: true });
    const waiting = pool.run('double', 1, { stallMs: Infinity });
    const stuck = pool.run(name, null);
    expect(await waiting).toBe(2);
    await expect(stuck).rejects.toEqual(failedAs('stalled', /no progress for 0.2 s/));
    await pool.close();
  },
);

test('work that advances may take longer than the limit, also while the pool itself is busy', async () => {
  const seen: number[] = [];
  // above any pause of a loaded machine, below the whole of the work
  const pool = open({ stallMs: 1500 });
  await pool.run('double', 1, { stallMs: Infinity });
  const onProgress = (done: number): void => void seen.push(done);
  const advancing = pool.run('advances', { steps: 5, milliseconds: 400 }, { onProgress });
  expect(await advancing).toBe(5);
  expect(seen).toEqual([1, 2, 3, 4, 5]);
  const answered = pool.run('advances', { steps: 1, milliseconds: 50 });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1800);
  expect(await answered).toBe(1);
});

test('an abort signal rejects everything and ends threads in the middle of their work', async () => {
  const abort = new AbortController();
  const pool = open({ size: 2, signal: abort.signal });
  const calls = [pool.run('hang', null), pool.run('hang', null), pool.run('double', 1)];
  abort.abort('enough');
  const rejected = { status: 'rejected', reason: failedAs('closed', /aborted/) };
  expect(await Promise.allSettled(calls)).toEqual([rejected, rejected, rejected]);
  await pool.close();
  const late = open({ signal: abort.signal });
  await expect(late.run('double', 1)).rejects.toEqual(failedAs('closed', /aborted/));
});

test('threads that end between calls come to the end of the step that they are in', async () => {
  const pool = open({ size: 2, ending: 'between calls' });
  const counter = new Int32Array(new SharedArrayBuffer(4));
  let call: Promise<never> | undefined;
  await new Promise<void>((started) => {
    call = pool.run('stops', { counter }, { onProgress: () => started() });
  });
  const closing = pool.close();
  await expect(call).rejects.toEqual(failedAs('closed', /stopped/));
  await closing;
  expect(counter[0]).toBe(1);
});

test('a stalled thread that may not be interrupted is not waited for', async () => {
  const program = `
    import { ThreadPool } from '@vqforge/base/node';
    const pool = new ThreadPool({ script: new URL(${JSON.stringify(script.href)}), size: 1, ending: 'between calls', stallMs: 100,
      toError: ({ kind }) => new Error(kind) });
    console.log(await pool.run('repeatsItself', null).catch((error) => error.message));
    await pool.close();
    console.log('closed');
    process.exit(0);`;
  expect(runText(program)).toEqual({ status: 0, stdout: 'stalled\nclosed\n', stderr: '' });
});

test('a program given as text has threads, and an idle pool does not keep it alive', () => {
  const program = `
    import { ThreadPool } from '@vqforge/base/node';
    const pool = new ThreadPool({ script: new URL(${JSON.stringify(script.href)}), size: 2, ending: 'at once',
      toError: ({ message }) => new Error(message) });
    console.log(await pool.run('double', 21));`;
  expect(runText(program)).toEqual({ status: 0, stdout: '42\n', stderr: '' });
});

function runText(program: string): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}
