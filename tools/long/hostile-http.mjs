// Requests in spellings that clients, proxies and attackers use, made from seeds, against `vqforge serve` in a process of its own:
// framings, chunks, forms, Expect, Host, content types, slow and given-up bodies. Each is whole, so it is known which answers are
// right. None may be a 500 or none at all, memory has a bound, and health answers meanwhile.
// node tools/long/hostile-http.mjs [requests, 5000] [seed, 1]
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { root } from '../lib/check.mjs';
import { generator } from '../lib/generator.mjs';

const [count = 5000, seed = 1] = process.argv.slice(2).map(Number);
const random = generator(seed);
const below = (limit) => Math.floor(limit * random());
const pick = (list) => list[below(list.length)];
const AT_ONCE = 16;
/** Of the server; a slow body must be given up by then. */
const RECEIVE_S = 4;
/** A machine may be busy: what is not answered by then hangs. */
const HANGS_MS = 60_000;
const MOST_MIB = 700;

const server = spawn(
  process.execPath,
  [
    join(root, 'packages/cli/bin/vqforge.js'),
    'serve',
    '--port',
    '0',
    '--model',
    'fr_regressor_v1',
    '--registry',
    join(root, 'model/tiny'),
    '--timeout',
    String(RECEIVE_S),
    '--max-body',
    '1',
    '--json',
  ],
  { stdio: ['ignore', 'pipe', 'pipe'] },
);
process.on('exit', () => server.kill('SIGKILL'));
let said = '';
const port = await new Promise((resolve, reject) => {
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
      const found = /127\.0\.0\.1:(\d+)/.exec(said);
      if (found !== null) resolve(Number(found[1]));
    });
  server.on('exit', () => reject(new Error(`serve ended: ${said}`)));
});

const ROWS = {
  inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 6], data: [0.95, 0.6, 0.9, 0.94, 0.96, 5] }],
};
const INFER = '/v2/models/fr_regressor_v1/infer';
const PATHS = [
  '/v2',
  '/v2/',
  '/v2/health/live',
  '/v2/health/ready',
  '/v2/models/fr_regressor_v1',
  '/v2/models/fr_regressor_v1/ready',
  '/metrics',
  '/openapi.json',
];
const HOSTS = {
  localhost: true,
  'localhost:9999': true,
  '127.0.0.1': true,
  '[::1]': true,
  LOCALHOST: true,
  'evil.example': false,
  'localhost.evil.example': false,
  'evil.example:80': false,
  '127.0.0.1.nip.io': false,
  '0.0.0.0.evil': false,
};

const text = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const chunked = (body, extension = '') => {
  const parts = [];
  for (let at = 0; at < body.length;) {
    const part = body.subarray(at, at + 1 + below(body.length));
    parts.push(
      text(`${pick(['', '0', '000'])}${part.length.toString(16)}${extension}\r\n`),
      part,
      text('\r\n'),
    );
    at += part.length;
  }
  return Buffer.concat([...parts, text(`0\r\n${pick(['', 'X-Trailer: a\r\n'])}\r\n`)]);
};
const part = (name, body, more = '') =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${body}\r\n`;
const head = (line, headers) =>
  text(`${line} HTTP/1.1\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`);
const post = (path, body, headers, host = 'localhost') =>
  Buffer.concat([
    head(`POST ${path}`, [`Host: ${host}`, ...headers, `Content-Length: ${body.length}`]),
    body,
  ]);
const JSON_TYPE = 'Content-Type: application/json';

/** A request, and the statuses that may answer it; `slow` sends it in pieces, `gone` leaves before the answer. */
const KINDS = {
  'right, by length': () => ({ bytes: post(INFER, text(ROWS), [JSON_TYPE]), right: [200] }),
  'right, in chunks': () => ({
    bytes: Buffer.concat([
      head(`POST ${INFER}`, [
        'Host: localhost',
        JSON_TYPE,
        `${pick(['Transfer-Encoding', 'transfer-encoding'])}: ${pick(['chunked', 'Chunked'])}`,
      ]),
      chunked(text(ROWS), pick(['', ';a=b', ';name="v"'])),
    ]),
    right: [200],
  }),
  'right, expects 100': () => ({
    bytes: post(INFER, text(ROWS), [JSON_TYPE, `Expect: ${pick(['100-continue', '100-Continue'])}`]),
    right: [200],
  }),
  'right, types with parameters': () => ({
    bytes: post(INFER, text(ROWS), [
      `Content-Type: ${pick(['application/json; charset=utf-8', 'Application/JSON', 'application/json;charset=UTF-8', 'application/json ; charset="utf-8"'])}`,
    ]),
    right: [200],
  }),
  reads: () => ({
    bytes: head(`${pick(['GET', 'HEAD'])} ${pick(PATHS)}`, ['Host: localhost']),
    right: [200],
  }),
  hosts: () => {
    const [host, isKnown] = pick(Object.entries(HOSTS));
    return {
      bytes: head(`GET ${pick(PATHS.slice(0, 3))}`, [`Host: ${host}`]),
      right: isKnown ? [200] : [400, 403, 421],
    };
  },
  'no host, or two': () => ({
    bytes: head(
      'GET /v2',
      pick([
        [],
        ['Host: localhost', 'Host: evil.example'],
        ['Host: '],
        ['Host:localhost', 'host: localhost'],
      ]),
    ),
    right: [400, 421, 403],
  }),
  'expects something else': () => ({
    bytes: post(INFER, text(ROWS), [JSON_TYPE, `Expect: ${pick(['200-maybe', '100', 'x', 'x=100'])}`]),
    right: [417, 400],
  }),
  'other types': () => ({
    bytes: post(INFER, text(ROWS), [
      `Content-Type: ${pick(['text/plain', 'application/xml', 'application/jsonp', 'application/x-www-form-urlencoded', 'multipart/form-data', 'x', '/', 'application/json/x'])}`,
    ]),
    right: [400, 415],
  }),
  'encodings of content': () => ({
    bytes: post(INFER, text(ROWS), [JSON_TYPE, `Content-Encoding: ${pick(['gzip', 'br', 'deflate', 'x'])}`]),
    right: [400, 415],
  }),
  'lengths that lie': () => ({
    bytes: Buffer.concat([
      head(`POST ${INFER}`, [
        'Host: localhost',
        JSON_TYPE,
        ...pick([
          ['Content-Length: -1'],
          ['Content-Length: 1e3'],
          ['Content-Length: 0x10'],
          ['Content-Length: 5', 'Content-Length: 6'],
          ['Content-Length: 5, 5'],
          ['Content-Length: +5'],
          ['Content-Length: 9'.padEnd(40, '9')],
          ['Content-Length: 5', 'Transfer-Encoding: chunked'],
          ['Content-Length: '],
        ]),
      ]),
      text(ROWS),
    ]),
    right: [400, 411, 413, 200, 422],
    many: true,
  }),
  'other codings of transfer': () => ({
    bytes: Buffer.concat([
      head(`POST ${INFER}`, [
        'Host: localhost',
        JSON_TYPE,
        `Transfer-Encoding: ${pick(['gzip, chunked', 'chunked, chunked', 'xchunked', 'chunked\t', 'identity', 'chunked, identity', ''])}`,
      ]),
      chunked(text(ROWS)),
    ]),
    right: [200, 400, 411, 415, 501],
    many: true,
  }),
  'bad chunks': () => ({
    bytes: Buffer.concat([
      head(`POST ${INFER}`, ['Host: localhost', JSON_TYPE, 'Transfer-Encoding: chunked']),
      text(
        pick([
          'g\r\nx\r\n',
          '-1\r\nx\r\n',
          'ffffffffffffffff\r\nx',
          '5\r\nab\r\n0\r\n\r\n',
          '1\nx\n0\n\n',
          '1 ;\r\nx\r\n0\r\n\r\n',
          `1;${'a'.repeat(20_000)}\r\nx\r\n0\r\n\r\n`,
        ]),
      ),
    ]),
    right: [400, 408, 413, 431],
    many: true,
  }),
  'more than a body may hold': () => {
    const body = Buffer.alloc(1_200_000, pick([32, 0x7b, 0x30]));
    const bytes =
      random() < 0.5
        ? post(INFER, body, [JSON_TYPE])
        : Buffer.concat([
            head(`POST ${INFER}`, ['Host: localhost', JSON_TYPE, 'Transfer-Encoding: chunked']),
            chunked(body),
          ]);
    return { bytes, right: [413, 400] };
  },
  'bad JSON': () => ({
    bytes: post(
      INFER,
      text(
        pick([
          '',
          '{',
          '[]',
          'null',
          '"x"',
          '1',
          '{}',
          '{"inputs": {}}',
          '{"inputs": [null]}',
          '{"inputs": [{"name": "features"}]}',
          '['.repeat(50_000),
          '{"inputs": [], "inputs": []}',
          '{"__proto__": {}}',
          '\ufeff{}',
          '{"a": 1}\0',
          'NaN',
          `{"id": "${'x'.repeat(9000)}"}`,
        ]),
      ),
      [JSON_TYPE],
    ),
    right: [400, 413, 422],
  }),
  'bad tensors': () => {
    const input = {
      ...ROWS.inputs[0],
      ...pick([
        { shape: [1, 7] },
        { shape: [-1, 6] },
        { shape: [2 ** 40, 6] },
        { shape: [] },
        { shape: [1.5, 4] },
        { shape: ['1', 6] },
        { datatype: 'FP16' },
        { datatype: 'BYTES' },
        { datatype: null },
        { data: [] },
        { data: [null, 1, 2, 3, 4, 5] },
        { data: ['1', 1, 2, 3, 4, 5] },
        { data: [1e300, 1, 2, 3, 4, 5] },
        { data: {} },
        { name: 'x' },
        { name: null },
        { shape: [0, 6], data: [] },
      ]),
    };
    return {
      bytes: post(
        INFER,
        text({ inputs: pick([[input], [input, input], [ROWS.inputs[0], input]]) }).subarray(),
        [JSON_TYPE],
      ),
      right: [400, 413, 422, ...(input.shape[0] === 0 ? [200] : [])],
    };
  },
  'binary tensors': () => {
    const json = text({
      inputs: [
        {
          name: 'features',
          datatype: 'FP32',
          shape: [1, 6],
          parameters: { binary_data_size: pick([24, 24, 24, 23, 0, -1, 1e9, '24']) },
        },
      ],
    });
    const said = pick([json.length, json.length, json.length + 1, 0, -1, 1e9, 'x']);
    const data = Buffer.from(Float32Array.from(ROWS.inputs[0].data).buffer);
    return {
      bytes: post(INFER, Buffer.concat([json, data]), [
        'Content-Type: application/octet-stream',
        `Inference-Header-Content-Length: ${said}`,
      ]),
      right: [200, 400, 411, 413, 422],
    };
  },
  forms: () => {
    const body = pick([
      '',
      '--b--\r\n',
      `${part('reference', 'x')}--b--\r\n`,
      part('reference', 'x', '; filename="a.png"'),
      `${part('reference', 'x', '; filename="a"')}${part('distorted', 'y', '; filename="b"')}--b--\r\n`,
      `${part('__proto__', 'x')}--b--\r\n`,
      `${part('reference', 'x').repeat(500)}--b--\r\n`,
      '--b\r\n\r\n\r\n--b--',
      '--c\r\n\r\n--c--\r\n',
      `--b\r\n${'a: b\r\n'.repeat(3000)}\r\n--b--\r\n`,
      '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n',
    ]);
    return {
      bytes: post(pick(['/v1/lpips', '/v1/score']), text(body), [
        `Content-Type: multipart/form-data${pick(['; boundary=b', '; boundary="b"', '; boundary=', '', `; boundary=${'b'.repeat(200)}`])}`,
      ]),
      right: [400, 404, 413, 415, 422],
    };
  },
  'other methods': () => ({
    bytes: head(
      `${pick(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])} ${pick([...PATHS, INFER, '*'])}`,
      ['Host: localhost', 'Content-Length: 0'],
    ),
    right: [400, 404, 405, 501],
  }),
  'no request': () => ({
    bytes: text(
      pick([
        'GET / HTTP/3.0\r\n\r\n',
        'GET\r\n\r\n',
        '\x16\x03\x01\x02\x00\x01\x00',
        'GET /v2 HTTP/1.1\r\nHost localhost\r\n\r\n',
        'GET /v2 HTTP/1.1\r\n Host: localhost\r\n\r\n',
        `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
        `GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
        'GET http://evil.example/v2 HTTP/1.1\r\nHost: localhost\r\n\r\n',
        'CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        'GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n',
        'GET /v2/models/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n',
        'GET /v2/models/..%2f..%2fetc HTTP/1.1\r\nHost: localhost\r\n\r\n',
      ]),
    ),
    right: [400, 403, 404, 405, 414, 421, 431, 505],
    mayClose: true,
    many: true,
  }),
  'slow and whole': () => ({ bytes: post(INFER, text(ROWS), [JSON_TYPE]), right: [200, 408], slow: 5 }),
  'slow and never whole': () => ({
    bytes: post(INFER, text(ROWS), [JSON_TYPE]).subarray(0, -20),
    right: [408],
    mayClose: true,
  }),
  'given up': () => ({
    bytes: post(pick([INFER, '/v1/lpips', '/v1/score']), Buffer.alloc(900_000, 0x20), [
      pick([JSON_TYPE, 'Content-Type: multipart/form-data; boundary=b']),
    ]).subarray(0, below(900_000)),
    right: [],
    gone: true,
  }),
};

/** In so many pieces, a tenth of a second apart. */
function writeSlowly(socket, bytes, pieces) {
  const size = Math.ceil(bytes.length / pieces);
  let at = 0;
  const timer = setInterval(() => {
    if (at >= bytes.length || socket.destroyed) clearInterval(timer);
    else socket.write(bytes.subarray(at, (at += size)));
  }, 100);
}

/** @returns the bytes that came until the answer was whole, the server closed, or nothing more is waited for */
function exchange({ bytes, slow, gone }) {
  return new Promise((resolve) => {
    let got = '';
    const socket = connect(port, '127.0.0.1', () => {
      if (slow === undefined) socket.write(bytes, () => gone === true && socket.destroy());
      else writeSlowly(socket, bytes, slow);
    });
    const timer = setTimeout(() => socket.destroy(), HANGS_MS);
    socket.setEncoding('latin1').on('data', (some) => {
      got += some;
      if (isWhole(got, bytes)) socket.destroy();
    });
    socket.on('error', () => undefined);
    const start = performance.now();
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ got, hung: performance.now() - start >= HANGS_MS });
    });
  });
}

/** Head and body of the first answer that is not 100; undefined where it is not whole. */
function answerIn(got, request) {
  const found =
    /^(?:HTTP\/1\.1 100 [^\r\n]*\r\n\r\n)?HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(got);
  if (found === null) return undefined;
  const length = Number(/^content-length: (\d+)/im.exec(found[2])?.[1] ?? NaN);
  const body = got.slice(found[0].length);
  const isHead = request.subarray(0, 5).toString() === 'HEAD ';
  return isHead || body.length >= length
    ? { status: Number(found[1]), body: body.slice(0, length), isHead }
    : undefined;
}
const isWhole = (got, request) => answerIn(got, request) !== undefined;

function problemOf({ bytes, right, mayClose, gone }, { got, hung }) {
  if (gone === true) return undefined;
  if (hung) return 'no answer';
  const answer = answerIn(got, bytes);
  if (answer === undefined)
    return mayClose === true && got === ''
      ? undefined
      : `no whole answer: ${JSON.stringify(got.slice(0, 200))}`;
  const { status, body, isHead } = answer;
  if (status === 503) return undefined;
  if (!right.includes(status)) return `${status}, expected ${right.join(' or ')}: ${body.slice(0, 200)}`;
  if (status < 400 || isHead) return undefined;
  try {
    const { error, code } = JSON.parse(Buffer.from(body, 'latin1').toString());
    return typeof error === 'string' && typeof code === 'string'
      ? undefined
      : `${status} with ${body.slice(0, 200)}`;
  } catch {
    return `${status} with ${JSON.stringify(body.slice(0, 200))}`;
  }
}

const memory = () =>
  Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
const problems = [];
const statuses = new Map();
const health = [];
const load = new AbortController();
const pings = (async () => {
  while (!load.signal.aborted) {
    const start = performance.now();
    const bytes = head('GET /v2/health/live', ['Host: localhost']);
    if (problemOf({ bytes, right: [200] }, await exchange({ bytes })) !== undefined)
      problems.push('health does not answer');
    health.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
})();
let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (next < count) {
      const at = next++;
      const kind = pick(Object.keys(KINDS));
      const request = KINDS[kind]();
      const outcome = await exchange(request);
      const status = answerIn(outcome.got, request.bytes)?.status ?? 'closed';
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const problem = problemOf(request, outcome);
      if (problem !== undefined)
        problems.push(
          `request ${at}, ${kind}: ${problem}: ${JSON.stringify(request.bytes.toString('latin1').slice(0, 300))}`,
        );
    }
  }),
);
load.abort();
await pings;
const most = memory();
if (most > MOST_MIB) problems.push(`${most.toFixed(0)} MiB, expected at most ${MOST_MIB}`);
for (const line of said.split('\n'))
  if (/"level":(50|60|"error")|INTERNAL|    at /.test(line)) problems.push(`log: ${line.slice(0, 300)}`);
const ended = new Promise((resolve) =>
  server.removeAllListeners('exit').on('exit', (code, signal) => resolve(code ?? signal)),
);
server.kill('SIGTERM');
const code = await ended;
if (code !== 0 && code !== 143) problems.push(`ended with ${code} on SIGTERM`);
health.sort((a, b) => a - b);
for (const problem of problems.slice(0, 25)) console.log(`PROBLEM ${problem}`);
console.log(
  `seed ${seed}: ${count} requests, ${[...statuses]
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
    .map(([status, n]) => `${n} × ${status}`)
    .join(
      ', ',
    )}; peak ${most.toFixed(0)} MiB; health ${health.length} times, p50 ${health[health.length >> 1].toFixed(0)} ms, worst ${health.at(-1).toFixed(0)} ms; ${problems.length} problems`,
);
process.exit(problems.length > 0 ? 1 : 0);
