// Sends requests that are no requests, or nearly: mutated heads and bodies over raw sockets, and tokens in every spelling.
// Every answer has to be whole, with the body of an error where it is one, and none may be a 5xx other than 503. Run by hand
// after a build: node packages/serve/fuzz/http.mjs [requests, 20000] [seed, 1]
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { serve } from '@vqforge/serve';

const [requests = 20_000, seed = 1] = process.argv.slice(2).map(Number);
const registry = fileURLToPath(new URL('../../../model/tiny', import.meta.url));
const TOKEN = 'correct-horse-battery-staple';
const AT_ONCE = 32;
/** A request that is cut off is waited for by the server, and given up by this client. */
const PATIENCE_MS = 400;
/** After a part of an answer, the rest of it comes at once. */
const QUIET_MS = 100;

let state = seed >>> 0;
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const pick = (list) => list[random(list.length)];

const failures = [];
const log = { level: 'error', stream: { write: (line) => void failures.push(`log: ${line}`) } };
const limits = { receiveMs: 2000, timeoutMs: 5000, bodyBytes: 1 << 20, pendingBytes: 8 << 20 };
const open = await serve({ registry, port: 0, limits, log });
const guarded = await serve({ registry, port: 0, limits, log, token: TOKEN });
const portOf = ({ url }) => Number(new URL(url).port);

const JSON_BODY = JSON.stringify({
  inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 6], data: [0.95, 0.6, 0.9, 0.94, 0.96, 5] }],
});
const FORM = '--b\r\nContent-Disposition: form-data; name="reference"; filename="a"\r\n\r\nx\r\n--b--\r\n';
const INFER = 'POST /v2/models/fr_regressor_v1/infer HTTP/1.1\r\nHost: localhost\r\n';
const BASES = [
  'GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET /v2/models/fr_regressor_v1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'GET /metrics HTTP/1.0\r\n\r\n',
  `${INFER}Content-Type: application/json\r\nContent-Length: ${JSON_BODY.length}\r\n\r\n${JSON_BODY}`,
  `${INFER}Transfer-Encoding: chunked\r\n\r\n${JSON_BODY.length.toString(16)}\r\n${JSON_BODY}\r\n0\r\n\r\n`,
  `${INFER}Expect: 100-continue\r\nContent-Length: ${JSON_BODY.length}\r\n\r\n${JSON_BODY}`,
  `${INFER}Inference-Header-Content-Length: 10\r\nContent-Length: 40\r\n\r\n${'x'.repeat(40)}`,
  `POST /v1/lpips HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${FORM.length}\r\n\r\n${FORM}`,
];
const WORDS = [
  '\r\n',
  '\n',
  '\0',
  ' ',
  ':',
  '\r\n\r\n',
  'Host: evil.example\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: -1\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Expect: x\r\n',
  'Upgrade: websocket\r\nConnection: upgrade\r\n',
  'Content-Encoding: gzip\r\n',
  'Content-Type: text/plain\r\n',
  'Content-Type: multipart/form-data; boundary=\r\n',
  'HTTP/2.0',
  'HTTP/0.9',
  '%zz',
  '/../../etc/passwd',
  'é',
  '\x7f',
  'CONNECT ',
  'x'.repeat(20_000),
  'a: b\r\n'.repeat(300),
  'ffffffff\r\n',
  '--b--',
  '"',
  '[[[[',
  'NaN',
  '__proto__',
];

function mutated() {
  let text = pick(BASES);
  for (let edits = random(4); edits >= 0; edits--) {
    const at = random(text.length + 1);
    const kind = random(5);
    if (kind === 0) text = text.slice(0, at) + pick(WORDS) + text.slice(at);
    else if (kind === 1) text = text.slice(0, at) + text.slice(at + random(20));
    else if (kind === 2) text = text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1);
    else if (kind === 3) text = text.slice(0, at);
    else text += pick(BASES);
  }
  return text;
}

/** All that comes until the server closes or the client has waited long enough. */
function exchange(port, bytes, patience = PATIENCE_MS) {
  return new Promise((resolve) => {
    const parts = [];
    // not ended: Node's server gives up what it has not answered when a client says that it sends no more
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let timer = setTimeout(() => socket.destroy(), patience);
    socket.on('data', (part) => {
      parts.push(part);
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), QUIET_MS);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(parts).toString('latin1'));
    });
  });
}

const statuses = new Map();

/** Every answer on a connection in turn; an answer to HEAD or 100 has no body. */
function judge(request, got) {
  let rest = got;
  while (rest !== '') {
    const head = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(rest);
    if (head === null)
      return void failures.push(`no head: ${JSON.stringify([request.slice(0, 200), rest.slice(0, 200)])}`);
    const status = Number(head[1]);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    rest = rest.slice(head[0].length);
    if (status === 100) continue;
    const length = Number(/^content-length: (\d+)/im.exec(head[0])?.[1] ?? NaN);
    if (Number.isNaN(length)) return void failures.push(`no length: ${JSON.stringify(head[0])}`);
    const body = rest.slice(0, length);
    rest = rest.slice(length);
    if (status < 400) continue;
    let code;
    try {
      ({ code } = JSON.parse(Buffer.from(body, 'latin1').toString()));
    } catch {
      // told below
    }
    const isRight = typeof code === 'string' && (status < 500 || status === 503);
    if (!isRight) failures.push(`${status}: ${JSON.stringify([request.slice(0, 300), body.slice(0, 200)])}`);
  }
}

const TOKENS = [
  '',
  TOKEN.slice(0, -1),
  `${TOKEN}x`,
  TOKEN.toUpperCase(),
  `${TOKEN}\0`,
  `"${TOKEN}"`,
  `${TOKEN},${TOKEN}`,
  `${TOKEN} ${TOKEN}`,
  Buffer.from(TOKEN).toString('base64'),
  encodeURIComponent(`${TOKEN} `),
  '*',
  'null',
  'undefined',
  `${TOKEN}\t${TOKEN}`,
];
const SCHEMES = [
  'Bearer',
  'bearer',
  'BEARER',
  'Basic',
  'Token',
  'Bearer Bearer',
  '',
  'Digest',
  'Bearer:',
  'Bearer=',
  'x Bearer',
];
const GAPS = [' ', '  ', '\t', '', ' \t ', ',', ': '];
const PATHS = [
  '/v2',
  '/v2/models',
  '/metrics',
  '/openapi.json',
  '/v2/models/fr_regressor_v1',
  '//v2',
  '/v2/health/../models',
  '/v2/health/live/../../models',
  '/V2',
  '/v2/health%2f..%2fmodels',
  '/v2?token=' + TOKEN,
  '/v2/./models',
  '/v2/health/live;/../models',
  '/v2/health/',
  '/nowhere',
];

/** Health is open to all; everything else without the token itself, in its one form, is 401. */
async function authorization() {
  let tried = 0;
  for (const scheme of SCHEMES)
    for (const gap of GAPS)
      for (const token of TOKENS)
        for (const path of PATHS) {
          const header =
            random(8) === 0 ? `X-Authorization: Bearer ${TOKEN}` : `Authorization: ${scheme}${gap}${token}`;
          const got = await exchange(
            portOf(guarded),
            `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${header}\r\n\r\n`,
            // every one of these is a whole request, which is answered
            30 * PATIENCE_MS,
          );
          const status = Number(got.slice(9, 12));
          tried++;
          // below /v2/health/ there is nothing but health, and what is no route
          const isOpen =
            path.startsWith('/v2/health/') && [200, 404].includes(status) && !got.includes('fr_regressor');
          if (![400, 401].includes(status) && !isOpen)
            failures.push(`let in: ${JSON.stringify([header, path, got.slice(0, 100)])}`);
        }
  return tried;
}

let sent = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (sent < requests && failures.length < 20) {
      sent++;
      const request = mutated();
      judge(request, await exchange(portOf(open), Buffer.from(request, 'latin1')));
    }
  }),
);
const spellings = await authorization();
const right = await exchange(
  portOf(guarded),
  `GET /v2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
);
if (!right.startsWith('HTTP/1.1 200')) failures.push(`the token itself: ${right.slice(0, 100)}`);
await new Promise((resolve) => setTimeout(resolve, 3000));
const pending = /^vqforge_pending_bytes (\d+)$/m.exec(await (await fetch(`${open.url}/metrics`)).text())?.[1];
if (pending !== '0') failures.push(`${pending} bytes are still held`);
await Promise.all([open.close(), guarded.close()]);
console.log(
  `${sent} requests, seed ${seed}; answers ${JSON.stringify(Object.fromEntries([...statuses].sort(([a], [b]) => a - b)))}`,
);
console.log(`${spellings} spellings of Authorization`);
for (const failure of failures.slice(0, 20)) console.log(`PROBLEM ${failure}`);
console.log(`${failures.length} problems`);
process.exitCode = failures.length > 0 ? 1 : 0;
