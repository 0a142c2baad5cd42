import { once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { FrRegressor } from '@vqforge/runtime';
import { openModel, type OpenModelOptions } from '@vqforge/runtime/node';
import { afterEach, expect, test, vi } from 'vitest';
import { generator } from '../../../testing/generator.ts';
import { regressorRegistry } from '../../../testing/runtime-models.ts';
import { createHttpServer, type HttpServerOptions } from '../src/http-server.ts';
import { servedRegressor } from '../src/served-regressor.ts';
import { INLINE_THREAD } from './fake-model.ts';

const apps: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

/** `linear_v1`: two features, a score that is linear in them. */
async function listen(
  choice: Partial<OpenModelOptions> = {},
  options: Partial<HttpServerOptions> = {},
): Promise<{ port: number; regressor: FrRegressor }> {
  const registry = await regressorRegistry();
  const model = await openModel({ registry, model: 'linear_v1', threads: 1, atOnce: true, ...choice });
  const regressor = FrRegressor.of(model);
  const { app } = await createHttpServer({
    models: [servedRegressor(regressor)],
    absent: [],
    thread: INLINE_THREAD,
    version: '1',
    ...options,
  });
  apps.push(app);
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  return { port: Number(port), regressor };
}

function request(features: readonly (number | string)[], blanks = 0): string {
  const shape = [features.length / 2, 2];
  const input = { name: 'features', datatype: 'FP32', shape, data: features };
  const body = JSON.stringify({ id: `${features[0]}`, inputs: [input] }) + ' '.repeat(blanks);
  return `POST /v2/models/linear_v1/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

interface Answer {
  readonly status: number;
  readonly body: { id?: string; code?: string; outputs?: { data: number[] }[] };
}

/** Sends pieces, one per write that has arrived, over one connection; all answers, in their order. */
async function ask(port: number, ...pieces: string[]): Promise<Answer[]> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  for (const piece of pieces) {
    socket.write(piece);
    if (pieces.length > 1) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  socket.end();
  await once(socket, 'close');
  return text
    .split('HTTP/1.1 ')
    .slice(1)
    .map((answer) => ({
      status: Number(answer.slice(0, 3)),
      body: JSON.parse(answer.split('\r\n\r\n')[1] as string) as Answer['body'],
    }));
}

const random = generator(1);
const ROWS = [1, 3, 1, 8].map((rows) => Array.from({ length: 2 * rows }, () => Math.fround(random())));

test.each(['native', 'wasm'] as const)(
  '%s: requests of one turn share a run, and each gets its own rows with the same bits',
  async (engine) => {
    const { port, regressor } = await listen({ engine });
    const expected = [];
    for (const row of ROWS) expected.push([...(await regressor.score(Float32Array.from(row))).scores]);
    const run = vi.spyOn(regressor.model, engine === 'native' ? 'runAtOnce' : 'run');
    const answers = await ask(port, ROWS.map((row) => request(row)).join(''));
    expect(answers.map(({ body }) => body.outputs?.[0]?.data)).toStrictEqual(expected);
    expect(answers.map(({ body }) => body.id)).toStrictEqual(ROWS.map(([first]) => `${first}`));
    expect(run.mock.calls.map(([feeds]) => feeds['features']?.dims)).toStrictEqual([[13, 2]]);
  },
);

test('what is refused among them, or overflows the model, leaves the others as they are', async () => {
  const { port, regressor } = await listen();
  const { scores } = await regressor.score(Float32Array.from(ROWS[0] as number[]));
  const good = request(ROWS[0] as number[]);
  const answers = await ask(
    port,
    good + request([1]) + good + request([3e38, -3e38]) + request(['x', 1]) + good,
  );
  expect(answers.map(({ status, body }) => body.code ?? status)).toStrictEqual([
    200,
    'INVALID_TENSOR',
    200,
    'NOT_FINITE',
    'INVALID_TENSOR',
    200,
  ]);
  for (const at of [0, 2, 5]) expect(answers[at]?.body.outputs?.[0]?.data).toStrictEqual([...scores]);
});

test('a body that comes in pieces, after its head, or large, is answered the same', async () => {
  const { port } = await listen();
  const [row] = ROWS as [number[]];
  const whole = request(row);
  const head = whole.indexOf('\r\n\r\n') + 4;
  const expected = await ask(port, whole);
  expect(expected[0]?.status).toBe(200);
  for (const cuts of [[head], [10, head, head + 20], [head + 1]]) {
    const ends = [...cuts, whole.length];
    expect(await ask(port, ...ends.map((end, i) => whole.slice(ends[i - 1] ?? 0, end)))).toStrictEqual(
      expected,
    );
  }
  expect(await ask(port, request(row, 100_000))).toStrictEqual(expected);
});

test('a run that fails fails for all who share it, without its words', async () => {
  const { port, regressor } = await listen();
  await regressor.model.close();
  const answers = await ask(port, ROWS.map((row) => request(row)).join(''));
  expect(answers.map(({ status, body }) => [status, body.code])).toStrictEqual(
    ROWS.map(() => [500, 'MODEL_FAILED']),
  );
});

test('more requests on one connection than may wait are refused, the others answered', async () => {
  const { port } = await listen({}, { limits: { connections: 1, queue: 1 } });
  const answers = await ask(port, ROWS.map((row) => request(row)).join(''));
  expect(answers.map(({ status, body }) => body.code ?? status)).toStrictEqual([
    200,
    200,
    'QUEUE_FULL',
    'QUEUE_FULL',
  ]);
});
