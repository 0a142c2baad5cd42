// Inference over HTTP beside handlers that do nothing: requests per second by the clock, and processor time of the server
// per request, which other work on the machine hardly changes.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { printTable } from './lib/print-table.mjs';
import { inTurns, median } from './lib/turns.mjs';
import { load } from './serve/client.mjs';

const SERVER = fileURLToPath(new URL('serve/server.mjs', import.meta.url));
const MILLISECONDS = 1000;
/** V8 compiles what it has seen often; until then a request takes several times as long. */
const WARM_UP_MILLISECONDS = 4000;
const FEATURES = [0.95, 0.6, 0.9, 0.94, 0.96, 5];

export async function run({ rounds }) {
  const server = fork(SERVER);
  try {
    const [ports] = await once(server, 'message');
    for (const [port, request] of Object.values(sidesOf(ports)))
      await load(port, request, { connections: 64, milliseconds: WARM_UP_MILLISECONDS });
    for (const connections of [1, 16, 64]) await measure(server, sidesOf(ports), connections, rounds);
  } finally {
    server.disconnect();
  }
}

/** Ports and requests; the last is what the others are compared with. */
function sidesOf({ ours, bare }) {
  const body = JSON.stringify({
    inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 6], data: FEATURES }],
  });
  return {
    'GET, empty handler of the same server': [ours, get('/v2/health/live')],
    'POST, the same body read and parsed, answer {}': [ours, post('/empty', body)],
    'the same, bare Fastify with its own parser': [bare, post('/', body)],
    'infer, one row': [ours, post('/v2/models/fr_regressor_v1/infer', body)],
  };
}

async function measure(server, sides, connections, rounds) {
  const measured = Object.entries(sides).map(([name, [port, request]]) => [
    name,
    async () => {
      const before = await processorTime(server);
      const { answers, seconds } = await load(port, request, { connections, milliseconds: MILLISECONDS });
      return { rate: answers / seconds, microseconds: ((await processorTime(server)) - before) / answers };
    },
  ]);
  const results = await inTurns(Object.fromEntries(measured), rounds);
  const ours = Object.values(results).at(-1);
  const percent = (ratios) => `${(100 * median(ratios)).toFixed(0)} %`;
  printTable(
    [`${connections} connections`, 'requests/s', 'infer has', 'processor µs', 'infer has'],
    Object.entries(results).map(([name, runs]) => [
      name,
      median(runs.map(({ rate }) => rate)).toFixed(0),
      percent(ours.map(({ rate }, i) => rate / runs[i].rate)),
      median(runs.map(({ microseconds }) => microseconds)).toFixed(0),
      percent(ours.map(({ microseconds }, i) => runs[i].microseconds / microseconds)),
    ]),
  );
}

/** Microseconds that the server has computed, all threads. */
async function processorTime(server) {
  server.send('processor time');
  const [{ user, system }] = await once(server, 'message');
  return user + system;
}

function get(path) {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
}

function post(path, body) {
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.from(head + body);
}
