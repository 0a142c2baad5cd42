import { expect, test } from 'vitest';
import { RuntimeError } from '@vqforge/runtime';
import { createHttpServer, type HttpServerOptions } from '../src/http-server.ts';
import { binaryBody, fakeModel, fakeRequest, INLINE_THREAD } from './fake-model.ts';

const INFER = '/v2/models/fake_v1/infer';
const JSON_TYPE = { 'content-type': 'application/json' };

async function server(options: Partial<HttpServerOptions> = {}) {
  const model = fakeModel();
  const absent = [{ name: 'lpips_v1', reason: 'make it with vqforge weights pull' }];
  const created = await createHttpServer({
    models: [model],
    absent,
    thread: INLINE_THREAD,
    version: '1.2.3',
    ...options,
  });
  return { ...created, model };
}

test('health and metadata speak the Open Inference Protocol', async () => {
  const { app } = await server();
  const get = async (url: string) => {
    const answer = await app.inject(url);
    return [answer.statusCode, answer.json()];
  };
  expect(await get('/v2/health/live')).toStrictEqual([200, { live: true }]);
  expect(await get('/v2/health/ready')).toStrictEqual([200, { ready: true }]);
  for (const url of ['/v2', '/v2/'])
    expect(await get(url)).toStrictEqual([
      200,
      { name: 'vqforge', version: '1.2.3', extensions: ['binary_tensor_data'] },
    ]);
  const version = 'a'.repeat(64);
  const metadata = {
    name: 'fake_v1',
    versions: [version],
    platform: 'onnx_onnxv1',
    inputs: [
      { name: 'pixels', datatype: 'UINT8', shape: [-1, 2] },
      { name: 'features', datatype: 'FP32', shape: [-1, 3] },
    ],
    outputs: [
      { name: 'sum', datatype: 'FP32', shape: [-1] },
      { name: 'twice', datatype: 'FP32', shape: [-1] },
    ],
  };
  for (const path of ['/v2/models/fake_v1', `/v2/models/fake_v1/versions/${version}`]) {
    expect(await get(path)).toStrictEqual([200, metadata]);
    expect(await get(`${path}/ready`)).toStrictEqual([200, { name: 'fake_v1', ready: true }]);
  }
  expect(await get('/v2/models')).toStrictEqual([
    200,
    {
      models: [
        { name: 'fake_v1', version, provider: 'none', ready: true },
        { name: 'lpips_v1', ready: false, reason: 'make it with vqforge weights pull' },
      ],
    },
  ]);
});

test('infers with JSON, and with bytes in both directions', async () => {
  const { app } = await server();
  const plain = await app.inject({ method: 'POST', url: INFER, payload: { ...fakeRequest(), id: '42' } });
  expect(plain.json()).toMatchObject({ model_name: 'fake_v1', id: '42', outputs: [{ data: [6.5] }, {}] });
  const json = {
    ...fakeRequest({ features: { data: undefined, parameters: { binary_data_size: 12 } } }),
    parameters: { binary_data_output: true },
  };
  const { body, length } = binaryBody(json, new Uint8Array(Float32Array.of(1, 2, 4).buffer));
  const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': length };
  const binary = await app.inject({ method: 'POST', url: INFER, headers, payload: body });
  expect(binary.headers['content-type']).toBe('application/octet-stream');
  const head = Number(binary.headers['inference-header-content-length']);
  expect(JSON.parse(binary.rawPayload.toString('utf8', 0, head))).toMatchObject({ model_name: 'fake_v1' });
  expect([...new Float32Array(new Uint8Array(binary.rawPayload.subarray(head)).buffer)]).toStrictEqual([
    7, 14,
  ]);
});

test.each<[string, object, number, string]>([
  ['an unknown route', { url: '/v3' }, 404, 'NOT_FOUND'],
  ['an unknown model', { url: '/v2/models/other' }, 404, 'UNKNOWN_MODEL'],
  ['another version', { url: '/v2/models/fake_v1/versions/1' }, 404, 'UNKNOWN_VERSION'],
  [
    'a model that is not here',
    { url: '/v2/models/lpips_v1/infer', method: 'POST', payload: {} },
    503,
    'MODEL_ABSENT',
  ],
  ['no body', { url: INFER, method: 'POST' }, 400, 'INVALID_REQUEST'],
  [
    'a bad tensor',
    { url: INFER, method: 'POST', payload: fakeRequest({ features: { data: [1] } }) },
    400,
    'INVALID_TENSOR',
  ],
  [
    'a compressed body',
    { url: INFER, method: 'POST', payload: {}, headers: { 'content-encoding': 'gzip' } },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  ['too long a body', { url: INFER, method: 'POST', payload: Buffer.alloc(2001) }, 413, 'TOO_LARGE'],
  ['images as JSON', { url: '/v1/lpips', method: 'POST', payload: {} }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  [
    'a bad type',
    { url: '/v1/lpips', method: 'POST', payload: 'x', headers: { 'content-type': ';' } },
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
])('%s: a code, a status and the protocol error', async (_what, request, status, code) => {
  const { app, context } = await server({ limits: { bodyBytes: 2000 } });
  const answer = await app.inject(request);
  expect(answer.statusCode).toBe(status);
  const error = answer.json() as { error: string; code: string };
  expect(error.code).toBe(code);
  expect(error.error).not.toBe('');
  expect(context.metrics.text()).toContain(`vqforge_http_errors_total{code="${code}"} 1`);
  expect(context.budget.used).toBe(0);
});

test('LPIPS of images says how to get a model when there is none', async () => {
  const { app } = await server();
  const payload =
    '--x\r\ncontent-disposition: form-data; name="reference"; filename="a"\r\n\r\na\r\n' +
    '--x\r\ncontent-disposition: form-data; name="distorted"; filename="b"\r\n\r\nb\r\n--x--\r\n';
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const answer = await app.inject({ method: 'POST', url: '/v1/lpips', headers, payload });
  expect([answer.statusCode, answer.json()]).toMatchObject([503, { code: 'MODEL_ABSENT' }]);
  expect(answer.json().error).toContain('vqforge weights pull');
});

test('a full queue answers 503 with Retry-After, and the rest in turn', async () => {
  const model = fakeModel({ isHeld: true });
  const { app, context } = await server({ models: [model], limits: { queue: 1 } });
  const ask = () => app.inject({ method: 'POST', url: INFER, payload: fakeRequest() });
  const first = ask();
  await expect.poll(() => model.calls.length).toBe(1);
  const second = ask();
  await expect.poll(() => context.lanes.get('fake_v1')?.queue.waiting).toBe(1);
  const third = await ask();
  expect([third.statusCode, third.headers['retry-after'], third.json().code]).toStrictEqual([
    503,
    '1',
    'QUEUE_FULL',
  ]);
  model.release();
  expect((await first).statusCode).toBe(200);
  await expect.poll(() => model.calls.length).toBe(2);
  model.release();
  expect((await second).statusCode).toBe(200);
  expect(context.budget.used).toBe(0);
});

test('a client that goes away while it waits gives up its place, and its bytes', async () => {
  const model = fakeModel({ isHeld: true });
  const { app, context } = await server({ models: [model] });
  const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}${INFER}`;
  const body = JSON.stringify(fakeRequest());
  const headers = { 'content-type': 'application/json' };
  const first = fetch(url, { method: 'POST', body, headers });
  await expect.poll(() => model.calls.length).toBe(1);
  const gone = new AbortController();
  const second = fetch(url, { method: 'POST', body, headers, signal: gone.signal });
  await expect.poll(() => context.lanes.get('fake_v1')?.queue.waiting).toBe(1);
  gone.abort();
  await expect(second).rejects.toThrow('aborted');
  await expect.poll(() => context.lanes.get('fake_v1')?.queue.waiting).toBe(0);
  expect(context.budget.used).toBe(body.length);
  model.release();
  expect((await first).status).toBe(200);
  expect(model.calls).toHaveLength(1);
  await app.close();
});

test('a model that does not answer in time is a 504, one that fails a 500 without its words', async () => {
  const slow = await server({ models: [fakeModel({ isHeld: true })], limits: { timeoutMs: 20 } });
  const late = await slow.app.inject({ method: 'POST', url: INFER, payload: fakeRequest() });
  expect([late.statusCode, late.json().code]).toStrictEqual([504, 'RUN_TIMEOUT']);
  const broken = { ...fakeModel(), infer: () => Promise.reject(new Error('secret path')) };
  const { app } = await server({ models: [broken] });
  const failed = await app.inject({ method: 'POST', url: INFER, payload: fakeRequest() });
  expect([failed.statusCode, failed.json().code]).toStrictEqual([500, 'INTERNAL']);
  expect(failed.body).not.toContain('secret');
  const dead = { ...fakeModel(), infer: () => Promise.reject(new RuntimeError('RUN_FAILED', 'secret path')) };
  const other = await server({ models: [dead] });
  const answer = await other.app.inject({ method: 'POST', url: INFER, payload: fakeRequest() });
  expect([answer.statusCode, answer.json().code]).toStrictEqual([500, 'MODEL_FAILED']);
  expect(answer.body).not.toContain('secret');
});

/** A request that `fakeModel` takes, made longer by blanks, which JSON allows anywhere. */
function longRequest(bytes: number): Buffer {
  return Buffer.from(JSON.stringify(fakeRequest()).padEnd(bytes));
}

test('bodies under way hold what has come of them, large ones no more than the budget', async () => {
  const model = fakeModel({ isHeld: true, concurrency: 2 });
  const { app, context } = await server({ models: [model], limits: { pendingBytes: 200_000 } });
  const ask = (bytes: number) =>
    app.inject({ method: 'POST', url: INFER, payload: longRequest(bytes), headers: JSON_TYPE });
  const first = ask(150_000);
  await expect.poll(() => model.calls.length).toBe(1);
  expect(context.budget.used).toBe(150_000);
  expect((await ask(100_000)).json().code).toBe('QUEUE_FULL');
  expect(context.budget.used).toBe(150_000);
  // a small one is never refused for what large ones hold
  const small = ask(60_000);
  await expect.poll(() => model.calls.length).toBe(2);
  model.release();
  model.release();
  expect([(await first).statusCode, (await small).statusCode]).toStrictEqual([200, 200]);
  expect(context.budget.used).toBe(0);
});

test('with a token, everything but health asks for it', async () => {
  const { app } = await server({ token: 'a-token-of-some-length' });
  const status = async (url: string, authorization?: string) =>
    (await app.inject({ url, headers: authorization === undefined ? {} : { authorization } })).statusCode;
  expect(await status('/v2/health/ready')).toBe(200);
  for (const url of ['/v2', '/metrics', '/openapi.json', '/nowhere', '/v2/models/fake_v1']) {
    expect(await status(url)).toBe(401);
    expect(await status(url, 'Bearer another-token-of-it')).toBe(401);
    expect(await status(url, 'Basic a-token-of-some-length')).toBe(401);
    expect(await status(url, 'bearer a-token-of-some-length')).toBe(url === '/nowhere' ? 404 : 200);
  }
  const refused = await app.inject('/v2');
  expect(refused.headers['www-authenticate']).toBe('Bearer');
});

test('while it drains it is not ready, answers, and asks connections to close', async () => {
  const { app, context } = await server();
  context.isDraining = true;
  const ready = await app.inject('/v2/health/ready');
  expect([ready.statusCode, ready.json()]).toStrictEqual([503, { ready: false }]);
  const answer = await app.inject({ method: 'POST', url: INFER, payload: fakeRequest() });
  expect([answer.statusCode, answer.headers.connection]).toStrictEqual([200, 'close']);
});

test('the OpenAPI document has every route, metrics count answers by route', async () => {
  const { app } = await server();
  const document = (await app.inject('/openapi.json')).json() as { openapi: string; paths: object };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths).sort()).toStrictEqual([
    '/metrics',
    '/v1/lpips',
    '/v1/score',
    '/v2',
    '/v2/health/live',
    '/v2/health/ready',
    '/v2/models',
    '/v2/models/{model}',
    '/v2/models/{model}/infer',
    '/v2/models/{model}/ready',
    '/v2/models/{model}/versions/{version}',
    '/v2/models/{model}/versions/{version}/infer',
    '/v2/models/{model}/versions/{version}/ready',
  ]);
  await app.inject('/v2/models/fake_v1');
  await app.inject('/v2/models/other');
  await app.inject({ method: 'POST', url: INFER, payload: fakeRequest() });
  const metrics = (await app.inject('/metrics')).body;
  expect(metrics).toContain('requests_total{route="/v2/models/:model",method="GET",status="200"} 1');
  expect(metrics).toContain('requests_total{route="/v2/models/:model",method="GET",status="404"} 1');
  expect(metrics).toContain('vqforge_inferences_total{model="fake_v1"} 1');
  expect(metrics).toContain('vqforge_queue_waiting{model="fake_v1"} 0');
  expect(metrics).toMatch(/process_resident_memory_bytes \d{7,}/);
});

test('the log says who is refused and why, not with which token', async () => {
  const lines: string[] = [];
  const log = { level: 'info', stream: { write: (line: string) => lines.push(line) } } as const;
  const { app } = await server({ token: 'a-token-of-some-length', log });
  await app.inject({ url: '/v2', headers: { authorization: 'Bearer guess-guess-guess' } });
  await app.inject('/v2/health/live');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'refused', method: 'GET', route: '/v2', status: 401, code: 'UNAUTHORIZED' },
  ]);
  expect(lines.join()).not.toContain('guess');
});
