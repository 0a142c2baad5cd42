import { Agent, request as httpRequest } from 'node:http';

const INFER = '/v2/models/fr_regressor_v1/infer';
const LPIPS = '/v2/models/vmaf_tiny_lpips_sq_v1/infer';
/** A row's score does not depend on the rows it is computed with, up to the rounding of float32 sums on other processors. */
const SCORE_TOLERANCE = 1e-4;
const DISTANCE_TOLERANCE = 1e-6;

const integer = (below) => Math.floor(Math.random() * below);
const pick = (list) => list[integer(list.length)];
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @returns functions that each ask over one connection until the time is over or the server is gone */
export function clientsOf(url, expected, state) {
  const { port } = new URL(url);
  const makers = [
    [24, () => rows(expected)],
    [expected.pairs.length && 6, () => tensors(expected)],
    [expected.pairs.length && 3, () => images(expected)],
    [6, wrong],
    [3, huge],
    [4, () => ({ ...rows(expected), kind: 'slow', chunks: 5 })],
    [
      6,
      () => ({
        ...pick([rows, ...(expected.pairs.length ? [tensors] : [])])(expected),
        abortAfter: integer(20),
      }),
    ],
  ];
  return makers.flatMap(([count, make]) =>
    Array.from({ length: count }, () => () => client(port, make, state)),
  );
}

async function client(port, make, state) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!state.isOver) {
    const asked = make();
    const start = performance.now();
    const answer = await send(port, agent, asked);
    if (answer.error !== undefined && !judgeError(asked, answer, state)) break;
    if (answer.status === undefined) continue;
    judge(asked, answer, state);
    if (asked.kind !== 'wrong' && answer.status === 200)
      note(state.latencies, asked.kind, performance.now() - start);
    // whoever is told to come back later does
    if (answer.status === 503) await sleep(50);
  }
  agent.destroy();
}

/** @returns whether to go on */
function judgeError({ kind, abortAfter }, { error, connected, isNew }, state) {
  if (abortAfter !== undefined && error.message === 'given up') count(state, `${kind}, given up`);
  // a server that has stopped listening refuses connections; what it had accepted it answers
  else if (state.isStopping && !connected) return false;
  // connected for the client's system, not yet handed to the server: its system resets it when the server listens no more
  else if (state.isStopping && isNew && error.code === 'ECONNRESET') {
    count(state, `${kind}, reset before the server had it`);
    return false;
  }
  // the server reads a refused body for a second, and a client that is slower than that is cut off
  else if (kind === 'huge') count(state, `huge, cut off by ${error.code}`);
  else state.problems.push(`${kind}: ${error.message}${state.isStopping ? ' after SIGTERM' : ''}`);
  return true;
}

function judge({ kind, check }, { status, headers, body }, state) {
  count(state, `${kind} ${status}${state.isStopping ? ' after SIGTERM' : ''}`);
  if (status === 503 && (headers['retry-after'] === '1' || state.isStopping)) return;
  const problem = check(status, body, headers);
  if (problem !== undefined)
    state.problems.push(`${kind} ${status}: ${problem}: ${body.toString('latin1', 0, 200)}`);
}

function count(state, outcome) {
  state.outcomes.set(outcome, (state.outcomes.get(outcome) ?? 0) + 1);
}

function note(latencies, kind, milliseconds) {
  if (!latencies.has(kind)) latencies.set(kind, []);
  latencies.get(kind).push(milliseconds);
}

/** One to eight rows of features. */
function rows({ features, scores }) {
  const size = 1 + integer(8);
  const first = integer(scores.length - size);
  const data = Array.from(features.subarray(6 * first, 6 * (first + size)));
  const id = `${integer(1e9)}`;
  return {
    kind: 'features',
    path: INFER,
    body: JSON.stringify({ id, inputs: [{ name: 'features', datatype: 'FP32', shape: [size, 6], data }] }),
    check: (status, body) => {
      if (status !== 200) return 'not answered';
      const answer = JSON.parse(body);
      if (answer.id !== id) return `the answer to ${answer.id} instead of ${id}`;
      const got = answer.outputs[0].data;
      const isRight =
        got.length === size &&
        got.every((score, i) => Math.abs(score - scores[first + i]) <= SCORE_TOLERANCE);
      return isRight ? undefined : 'wrong scores';
    },
  };
}

/** A pair of images as bytes of tensors. */
function tensors({ pairs }) {
  const { ref, dist, side, distance } = pick(pairs);
  const size = ref.tensor.byteLength;
  const input = (name) => ({
    name,
    datatype: 'FP32',
    shape: [1, 3, side, side],
    parameters: { binary_data_size: size },
  });
  const json = Buffer.from(JSON.stringify({ inputs: [input('ref'), input('dist')] }));
  return {
    kind: 'tensors',
    path: LPIPS,
    headers: { 'inference-header-content-length': json.length },
    body: Buffer.concat([json, Buffer.from(ref.tensor.buffer), Buffer.from(dist.tensor.buffer)]),
    check: (status, body) =>
      status === 200 && Math.abs(JSON.parse(body).outputs[0].data[0] - distance) <= DISTANCE_TOLERANCE
        ? undefined
        : 'wrong distance',
  };
}

/** A pair of images as files; every other time their heat map. */
function images({ pairs }) {
  const { ref, dist, distance } = pick(pairs);
  const wantsMap = Math.random() < 0.5;
  const part = (name, bytes) => [
    Buffer.from(`--x\r\ncontent-disposition: form-data; name="${name}"; filename="${name}"\r\n\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ];
  return {
    kind: 'images',
    path: '/v1/lpips',
    headers: { 'content-type': 'multipart/form-data; boundary=x', accept: wantsMap ? 'image/png' : '*/*' },
    body: Buffer.concat([
      ...part('reference', ref.png),
      ...part('distorted', dist.png),
      Buffer.from('--x--\r\n'),
    ]),
    check: (status, body, headers) => {
      if (status !== 200) return 'not answered';
      const got = wantsMap ? Number(headers['x-lpips-distance']) : JSON.parse(body).distance;
      return Math.abs(got - distance) <= DISTANCE_TOLERANCE ? undefined : 'wrong distance';
    },
  };
}

function wrong() {
  const input = { name: 'features', datatype: 'FP32', shape: [1, 6], data: [1, 2, 3, 4, 5, 6] };
  const body = pick([
    '',
    '{',
    '[]',
    JSON.stringify({ inputs: [{ ...input, shape: [2 ** 40, 6] }] }),
    JSON.stringify({ inputs: [{ ...input, shape: [-1, 6] }] }),
    JSON.stringify({ inputs: [{ ...input, data: [1, 2, 3] }] }),
    JSON.stringify({ inputs: [input] }).replace('6]}', 'NaN]}'),
    JSON.stringify({ inputs: [{ ...input, parameters: { binary_data_size: 1e15 } }] }),
    '['.repeat(10_000),
  ]);
  return {
    kind: 'wrong',
    path: pick([INFER, INFER, '/nowhere', '/v2/models/other/infer', '/v1/lpips']),
    body,
    check: refused,
  };
}

/** More than the server takes, as announced or without saying so. */
function huge() {
  return {
    kind: 'huge',
    path: pick([INFER, '/v1/lpips']),
    body: Buffer.alloc(6 * 2 ** 20, '{"inputs":'),
    chunks: pick([undefined, 20]),
    check: refused,
  };
}

function refused(status, body) {
  const isCoded = status >= 400 && status < 500 && typeof JSON.parse(body).code === 'string';
  return isCoded ? undefined : 'not refused';
}

/**
 * @param chunks parts of the body, sent one after another without its length; undefined: whole
 * @param abortAfter milliseconds after which the client goes away
 */
function send(port, agent, { path, headers = {}, body, chunks, abortAfter }) {
  return new Promise((resolve) => {
    let connected = false;
    const length = chunks === undefined ? { 'content-length': Buffer.byteLength(body) } : {};
    const sent = httpRequest({
      port,
      host: '127.0.0.1',
      path,
      method: 'POST',
      agent,
      headers: { ...headers, ...length },
    });
    sent.on('socket', (socket) => {
      connected = !socket.connecting;
      if (connected) return;
      socket.once('connect', () => (connected = true));
      // an answer may come before the end of a request, whose writes then belong to nobody
      socket.on('error', () => undefined);
    });
    sent.on('error', (error) => resolve({ error, connected, isNew: !sent.reusedSocket }));
    sent.on('response', (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', (error) => resolve({ error, connected }));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    if (abortAfter !== undefined) setTimeout(() => sent.destroy(new Error('given up')), abortAfter);
    void (chunks === undefined ? sent.end(body) : sendSlowly(sent, Buffer.from(body), chunks));
  });
}

async function sendSlowly(sent, body, chunks) {
  const size = Math.ceil(body.length / chunks);
  for (let at = 0; at < body.length && !sent.destroyed; at += size) {
    sent.write(body.subarray(at, at + size));
    await sleep(20);
  }
  sent.end();
}
