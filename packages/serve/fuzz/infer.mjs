// Sends damaged inference requests, JSON and binary, to a server in this process and fails on anything but a whole answer
// or a coded refusal of the client's own doing. Run by hand after a build:
// node packages/serve/fuzz/infer.mjs [requests, 10000] [seed, 1]
import { request as httpRequest, Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import { serve } from '@vqforge/serve';

const [count = 10_000, seed = 1] = process.argv.slice(2).map(Number);
const CONNECTIONS = 8;
/** Garbage included: what a request of at most a few kilobytes may leave behind. */
const MEMORY_GROWTH = 64 * 2 ** 20;
const REFUSALS = new Set([400, 404, 413, 415]);

/** What may stand where something else belongs. */
const STRANGE = [
  null,
  true,
  '',
  'x',
  '__proto__',
  'constructor',
  {},
  [],
  [[]],
  [null],
  0,
  -0,
  -1,
  0.5,
  1e308,
  -1e39,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 63,
  'FP16',
  'BYTES',
  'INT64',
  [1, 6],
  [0, 6],
  [-1, 6],
  [2 ** 31, 6],
  [2 ** 53 - 1, 2 ** 53 - 1],
  [1e9, 1e9],
];

const random = generator(seed);
const integer = (below) => Math.floor(random() * below);
const pick = (list) => list[integer(list.length)];

const registry = fileURLToPath(new URL('../../../model/tiny', import.meta.url));
const server = await serve({ registry, port: 0, limits: { bodyBytes: 65_536, jsonBytes: 16_384 } });
const { port } = new URL(server.url);
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

const outcomes = new Map();
const problems = [];
let slowest = 0;
for (let i = 0; i < 200; i++) await once(i); // compiled code
const before = memory();
await Promise.all(
  Array.from({ length: CONNECTIONS }, async (_, lane) => {
    for (let i = lane; i < count; i += CONNECTIONS) await once(i);
  }),
);
globalThis.gc?.();
const growth = memory() - before;
if (growth > MEMORY_GROWTH) problems.push(`${growth} bytes are still held`);
const alive = await fetch(`${server.url}/v2/health/ready`);
if (alive.status !== 200) problems.push('the server is not ready any more');
agent.destroy();
await server.close();

console.log(
  `${count} requests, seed ${seed}, slowest ${slowest.toFixed(0)} ms, memory +${(growth / 2 ** 20).toFixed(1)} MiB`,
);
for (const [outcome, times] of [...outcomes].sort((a, b) => b[1] - a[1])) console.log(`${times}\t${outcome}`);
for (const problem of problems.slice(0, 20)) console.log(`PROBLEM ${problem}`);
if (problems.length > 0) process.exitCode = 1;

async function once(i) {
  const { path, headers, body } = damaged();
  const start = performance.now();
  const { status, text } = await send(path, headers, body);
  slowest = Math.max(slowest, performance.now() - start);
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    // a binary answer begins with its JSON
  }
  const code = answer?.code ?? (status === 200 ? 'answered' : 'without code');
  outcomes.set(`${status} ${code}`, (outcomes.get(`${status} ${code}`) ?? 0) + 1);
  const isRefusal =
    REFUSALS.has(status) &&
    typeof answer?.error === 'string' &&
    answer.error !== '' &&
    code !== 'without code';
  const isAnswer = status === 200 && (answer === undefined || finite(answer));
  if (!isRefusal && !isAnswer)
    problems.push(`request ${i}: ${status} ${text.slice(0, 200)} for ${body.toString('latin1', 0, 300)}`);
}

function finite({ outputs }) {
  return outputs.every(
    ({ data, parameters }) => data?.every(Number.isFinite) ?? parameters.binary_data_size > 0,
  );
}

/** A request that is right, then damaged once to three times: as text, as values, as bytes, or in its header. */
function damaged() {
  const { path, json, tensors } = sound();
  for (let i = integer(4); i > 0; i--) damageValue(json);
  let head = Buffer.from(JSON.stringify(json));
  if (random() < 0.3) head = damageBytes(head);
  let body = Buffer.concat([head, ...tensors]);
  if (random() < 0.2) body = damageBytes(body);
  const length =
    random() < 0.85 ? head.length : pick([0, 1, -1, head.length + 1, body.length + 1, 'x', '1e9', 2 ** 31]);
  const headers = tensors.length > 0 || random() < 0.1 ? { 'inference-header-content-length': length } : {};
  return { path: random() < 0.98 ? path : `${path}${pick(['/', 'x', '%00', '?a=b'])}`, headers, body };
}

function sound() {
  const isBinary = random() < 0.5;
  const isRegressor = random() < 0.7 || server.models.length === 1;
  const inputs = isRegressor
    ? [{ name: 'features', datatype: pick(['FP32', 'FP64']), shape: [1 + integer(4), 6] }]
    : ['ref', 'dist'].map((name) => ({ name, datatype: 'FP32', shape: [1, 3, 17, 17 + integer(3)] }));
  const tensors = [];
  for (const input of inputs) {
    const size = input.shape.reduce((product, dim) => product * dim, 1);
    const values = Array.from({ length: size }, () => Math.fround(2 * random() - 0.5));
    if (!isBinary) {
      input.data = isRegressor && random() < 0.3 ? rows(values, 6) : values;
      continue;
    }
    const data = input.datatype === 'FP64' ? Float64Array.from(values) : Float32Array.from(values);
    if (random() < 0.05) data[integer(size)] = pick([NaN, Infinity, -Infinity, 1e300, 3e38, -3e38, 1e20]);
    input.parameters = { binary_data_size: data.byteLength };
    tensors.push(Buffer.from(data.buffer));
  }
  const json = { id: `${integer(1000)}`, inputs };
  if (random() < 0.3) json.parameters = { binary_data_output: random() < 0.5 };
  if (random() < 0.3) json.outputs = [{ name: 'score', parameters: { binary_data: random() < 0.5 } }];
  const model = isRegressor ? 'fr_regressor_v1' : server.models.at(-1);
  return { path: `/v2/models/${model}/infer`, json, tensors };
}

function rows(values, width) {
  return Array.from({ length: values.length / width }, (_, row) =>
    values.slice(row * width, (row + 1) * width),
  );
}

/** Another value, or none, at a random place. */
function damageValue(json) {
  let node = json;
  for (;;) {
    const keys = Object.keys(node);
    if (keys.length === 0) return;
    const key = pick(keys);
    const child = node[key];
    if (typeof child === 'object' && child !== null && random() < 0.8) {
      node = child;
      continue;
    }
    if (random() < 0.15) delete node[key];
    else if (Array.isArray(node) && random() < 0.3) node.push(structuredClone(pick(STRANGE)));
    else node[key] = structuredClone(pick(STRANGE));
    return;
  }
}

function damageBytes(bytes) {
  const at = integer(bytes.length);
  switch (integer(4)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([integer(256)]), bytes.subarray(at)]);
    case 2:
      return Buffer.concat([bytes, bytes.subarray(at)]);
    default: {
      const copy = Buffer.from(bytes);
      copy[at] = integer(256);
      return copy;
    }
  }
}

function send(path, headers, body) {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      port,
      host: '127.0.0.1',
      path,
      method: 'POST',
      agent,
      headers: { ...headers, 'content-length': body.length },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }),
      );
    });
    sent.end(body);
  });
}

function memory() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Uniform in [0, 1): a 32-bit linear congruential generator (Numerical Recipes' constants). */
function generator(start) {
  let state = start;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
