import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { createHttpServer, type HttpServerOptions } from '../src/http-server.ts';
import { fakeModel, fakeRequest, INLINE_THREAD } from './fake-model.ts';

const INFER = 'POST /v2/models/fake_v1/infer HTTP/1.1\r\nHost: localhost\r\n';
const JSON_BODY = JSON.stringify(fakeRequest());

const apps: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

async function listen(options: Partial<HttpServerOptions> = {}) {
  const lines: { level: number; msg: string; code?: string }[] = [];
  const log = {
    level: 'info',
    stream: { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
  } as const;
  const model = fakeModel();
  const { app, context } = await createHttpServer({
    models: [model],
    absent: [],
    thread: INLINE_THREAD,
    version: '1',
    log,
    ...options,
  });
  apps.push(app);
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  return { port: Number(port), context, model, lines };
}

function open(port: number, text: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  let got = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (got += chunk));
  // a reset after the answer is as good as an end
  socket.on('error', () => undefined);
  const answer = once(socket, 'close').then(() => got);
  return { socket, answer };
}

/** Status and code of the only answer. */
function parsed(answer: string): [number, string] {
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(head.toLowerCase()).toContain('content-type: application/json');
  const { code, error } = JSON.parse(body) as { code: string; error: string };
  expect(error).not.toBe('');
  return [Number(head.slice(9, 12)), code];
}

const close = 'Connection: close\r\n';
const chunked = 'Transfer-Encoding: chunked\r\n';

test.each<[string, string, number, string]>([
  ['no Host', 'GET /v2 HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'INVALID_REQUEST'],
  [
    'two Hosts',
    'GET /v2 HTTP/1.1\r\nHost: localhost\r\nhost: evil\r\nConnection: close\r\n\r\n',
    400,
    'INVALID_REQUEST',
  ],
  ['no name as Host', 'GET /v2 HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400, 'INVALID_REQUEST'],
  [
    'a rebound name',
    'GET /v2 HTTP/1.1\r\nHost: evil.example:80\r\nConnection: close\r\n\r\n',
    421,
    'UNKNOWN_HOST',
  ],
  [
    'another expectation',
    `${INFER}${close}Expect: a-miracle\r\nContent-Length: 1\r\n\r\n`,
    417,
    'EXPECTATION_FAILED',
  ],
  ['no HTTP', 'hello\r\n\r\n', 400, 'INVALID_REQUEST'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'INVALID_REQUEST'],
  ['two lengths', `${INFER}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`, 400, 'INVALID_REQUEST'],
  ['length and chunks', `${INFER}Content-Length: 5\r\n${chunked}\r\n0\r\n\r\n`, 400, 'INVALID_REQUEST'],
  ['a negative length', `${INFER}Content-Length: -5\r\n\r\n`, 400, 'INVALID_REQUEST'],
  ['headers without end', `${INFER}X: ${'x'.repeat(20_000)}`, 431, 'HEADERS_TOO_LARGE'],
  [
    'a proxy wanted',
    'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n',
    405,
    'METHOD_NOT_ALLOWED',
  ],
  ['a bad path', `GET /%zz HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`, 400, 'INVALID_REQUEST'],
  ['an odd method', `PROPFIND /v2 HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`, 404, 'NOT_FOUND'],
  [
    'a body for no route',
    `POST /v3 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n${close}Content-Length: 3\r\n\r\n<a>`,
    404,
    'NOT_FOUND',
  ],
  [
    'text',
    `${INFER}${close}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}`,
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [
    'a form',
    `${INFER}${close}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n\r\n{}`,
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
])('%s: an answer in the form of every other error', async (_what, text, status, code) => {
  const { port, lines } = await listen();
  expect(parsed(await open(port, text).answer)).toStrictEqual([status, code]);
  expect(lines.filter(({ level }) => level >= 50)).toStrictEqual([]);
});

test('only names that were allowed, and those of this machine, are taken on the loopback address', async () => {
  const { port } = await listen({ allowedHosts: ['models.example'] });
  const statusOf = async (host: string) =>
    (await open(port, `GET /v2 HTTP/1.1\r\nHost: ${host}\r\n${close}\r\n`).answer).slice(9, 12);
  for (const host of [
    'localhost',
    'LOCALHOST:1',
    '127.0.0.1:8000',
    '127.1.2.3',
    '[::1]:80',
    'Models.Example',
  ])
    expect([host, await statusOf(host)]).toStrictEqual([host, '200']);
  for (const host of ['evil.example', 'localhost.evil.example', 'models.example.evil', '10.0.0.1', '[::2]'])
    expect([host, await statusOf(host)]).toStrictEqual([host, '421']);
});

test.each<[string, string, string]>([
  // the name in the target goes before Host
  ['GET http://evil.example/v2 HTTP/1.1', 'Host: localhost', '421'],
  ['GET http://localhost/v2 HTTP/1.1', 'Host: evil.example', '200'],
  ['GET https://127.0.0.1:8000/v2 HTTP/1.1', 'Host: localhost', '200'],
  ['GET HTTP://EVIL.example:80/v2 HTTP/1.1', 'Host: localhost', '421'],
  ['GET http://localhost@evil.example/v2 HTTP/1.1', 'Host: localhost', '400'],
  ['GET http://evil.example\\@localhost/v2 HTTP/1.1', 'Host: localhost', '400'],
  ['GET http:///v2 HTTP/1.1', 'Host: localhost', '400'],
  ['GET ftp://localhost/v2 HTTP/1.1', 'Host: localhost', '400'],
  ['GET http://evil.example/v2 HTTP/1.0', 'Accept: */*', '421'],
  ['GET http://localhost/v2 HTTP/1.1', 'Accept: */*', '400'],
  ['GET //evil.example/v2 HTTP/1.1', 'Host: localhost', '404'],
  ['OPTIONS * HTTP/1.1', 'Host: evil.example', '421'],
  // spellings of Host
  ['GET /v2 HTTP/1.0', 'Accept: */*', '200'],
  ['GET /v2 HTTP/1.0', 'Host: evil.example', '421'],
  ['GET /v2 HTTP/1.1', 'Host: localhost.', '200'],
  ['GET /v2 HTTP/1.1', 'Host: evil.example.', '421'],
  ['GET /v2 HTTP/1.1', 'Host: localhost..', '421'],
  ['GET /v2 HTTP/1.1', 'Host: local%68ost', '421'],
  ['GET /v2 HTTP/1.1', 'Host: localhost,evil.example', '400'],
  ['GET /v2 HTTP/1.1', 'Host: evil.example#localhost', '400'],
  ['GET /v2 HTTP/1.1', 'Host: [::1%25eth0]', '400'],
  ['GET /v2 HTTP/1.1', 'Host: [::ffff:10.0.0.1]', '421'],
  ['GET /v2 HTTP/1.1', 'Host: ::1', '400'],
  ['GET /v2 HTTP/1.1', 'Host: localhost:', '400'],
  ['GET /v2 HTTP/1.1', 'Host: localhost:80:80', '400'],
  ['GET /v2 HTTP/1.1', 'Host: 2130706433', '421'],
  ['GET /v2 HTTP/1.1', 'Host: 0.0.0.0:8000', '421'],
  [
    'GET /v2 HTTP/1.1',
    'Host: evil.example\r\nX-Forwarded-Host: localhost\r\nForwarded: host=localhost',
    '421',
  ],
])('%s, %s → %s', async (line, header, status) => {
  const { port } = await listen();
  const answer = await open(port, `${line}\r\n${header}\r\n${close}\r\n`).answer;
  expect(answer.slice(9, 12)).toBe(status);
});

test('a token or an open address needs no name, unless names are listed', async () => {
  const statusOf = async (options: Partial<HttpServerOptions>) => {
    const { port } = await listen(options);
    const text = `GET /v2/health/live HTTP/1.1\r\nHost: evil.example\r\n${close}\r\n`;
    return (await open(port, text).answer).slice(9, 12);
  };
  expect(await statusOf({ token: 'a-token-of-some-length' })).toBe('200');
  expect(await statusOf({ host: '0.0.0.0' })).toBe('200');
  expect(await statusOf({ host: '0.0.0.0', allowedHosts: ['models.example'] })).toBe('421');
});

test('bodies that are announced and do not come hold nothing', async () => {
  const { port, context } = await listen({ limits: { pendingBytes: 200_000, bodyBytes: 100_000 } });
  const silent = Array.from({ length: 8 }, () => open(port, `${INFER}Content-Length: 100000\r\n\r\n{`));
  await expect.poll(() => context.budget.used).toBe(8);
  const other = open(port, `${INFER}${close}Content-Length: 90000\r\n\r\n${JSON_BODY.padEnd(90_000)}`);
  expect((await other.answer).slice(9, 12)).toBe('200');
  for (const { socket } of silent) socket.destroy();
  await expect.poll(() => context.budget.used).toBe(0);
});

const form = (name: string, size: number): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"; filename="f"\r\n\r\n${'x'.repeat(size)}\r\n`;

test.each([
  ['chunks', INFER, (text: string) => text],
  [
    'a form in chunks',
    'POST /v1/lpips HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n',
    (text: string) => form('reference', 10) + form('distorted', 10) + text,
  ],
])('%s without end are cut at the limit', async (_what, head, bodyOf) => {
  const { port, context } = await listen({ limits: { bodyBytes: 100_000 } });
  const { socket, answer } = open(port, `${head}${chunked}\r\n`);
  let most = 0;
  let sent = 0;
  const chunk = bodyOf('x'.repeat(16_384));
  const send = async (): Promise<void> => {
    while (!socket.destroyed && sent < 5_000_000) {
      if (!socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`))
        await once(socket, 'drain').catch(() => 0);
      sent += chunk.length;
      most = Math.max(most, context.budget.used);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.destroy();
  };
  void send();
  expect(parsed(await answer)).toStrictEqual([413, 'TOO_LARGE']);
  expect(most).toBeLessThanOrEqual(100_000);
  expect(context.budget.used).toBe(0);
});

test('a request behind one that ends the connection holds nothing once that is gone', async () => {
  const { port, context } = await listen();
  const body = `Content-Length: ${JSON_BODY.length}\r\n\r\n${JSON_BODY}`;
  for (const first of [`GET /v2 HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`, `${INFER}${close}${body}`]) {
    await open(port, `${first}${INFER}${body}${INFER}${body}`).answer;
    await expect.poll(() => context.budget.used).toBe(0);
  }
});

test('an upload that is given up is no error of the server', async () => {
  const { port, context, lines } = await listen();
  for (const head of [
    INFER,
    'POST /v1/lpips HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n',
  ]) {
    const { socket, answer } = open(port, `${head}Content-Length: 5000\r\n\r\n--b\r\n`);
    await expect.poll(() => context.budget.used).toBe(5);
    socket.destroy();
    await answer;
    await expect.poll(() => context.budget.used).toBe(0);
  }
  expect(lines.filter(({ msg }) => msg === 'failed')).toStrictEqual([]);
  expect(context.metrics.text()).not.toContain('INTERNAL');
});

test.each([
  ['no boundary', 'multipart/form-data', 'x', 415],
  ['no form', 'multipart/form-data; boundary=b', 'x', 400],
  ['no end', 'multipart/form-data; boundary=b', form('reference', 5), 400],
  ['no headers', 'multipart/form-data; boundary=b', '--b\r\nx', 400],
  ['no name', 'multipart/form-data; boundary=b', '--b\r\nA: b\r\n\r\nx\r\n--b--', 400],
  [
    'a part twice',
    'multipart/form-data; boundary=b',
    `${form('reference', 5)}${form('reference', 5)}--b--`,
    400,
  ],
  [
    'a text for a file',
    'multipart/form-data; boundary=b',
    '--b\r\nContent-Disposition: form-data; name="reference"\r\n\r\nx\r\n--b--',
    400,
  ],
  [
    'three files',
    'multipart/form-data; boundary=b',
    `${form('a', 1)}${form('b', 1)}${form('c', 1)}--b--`,
    413,
  ],
])('a form with %s is refused', async (_what, type, body, status) => {
  const { port } = await listen();
  const head = `POST /v1/lpips HTTP/1.1\r\nHost: localhost\r\n${close}Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
  expect(parsed(await open(port, head + body).answer)[0]).toBe(status);
});
