// Inference over HTTP. First beside handlers that do nothing: requests per second by the clock, and processor time of the server
// per request, which other work on the machine hardly changes. Then beside LPIPS on the same server: how long a small request
// takes, alone and while four clients ask for LPIPS as fast as they are answered.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { printTable } from './lib/print-table.mjs';
import { inTurns, median } from './lib/turns.mjs';
import { latencies, load } from './serve/client.mjs';

const programOf = (name) => fileURLToPath(new URL(`serve/${name}.mjs`, import.meta.url));
const MILLISECONDS = 1000;
/** V8 compiles what it has seen often; until then a request takes several times as long. */
const WARM_UP_MILLISECONDS = 4000;
/** A small request comes so often, and for so long in each turn. */
const PAUSE_MILLISECONDS = 2;
const MIXED_MILLISECONDS = 8000;
const FEATURES = [0.95, 0.6, 0.9, 0.94, 0.96, 5];

export async function run({ rounds }) {
  await beside(rounds);
  await mixed(rounds);
}

async function beside(rounds) {
  const server = fork(programOf('server'));
  try {
    const [ports] = await once(server, 'message');
    for (const [port, request] of Object.values(sidesOf(ports)))
      await load(port, request, { connections: 64, milliseconds: WARM_UP_MILLISECONDS });
    for (const connections of [1, 16, 64]) await measure(server, sidesOf(ports), connections, rounds);
  } finally {
    server.disconnect();
  }
}

async function mixed(rounds) {
  const server = fork(programOf('mixed-server'));
  const [{ port, models }] = await once(server, 'message');
  if (!models.includes('vmaf_tiny_lpips_sq_v1')) {
    console.log(
      '\nlatency beside LPIPS is skipped: vmaf_tiny_lpips_sq_v1 is not here (docs/lpips.md says how to make it)',
    );
    return server.disconnect();
  }
  const request = post('/v2/models/fr_regressor_v1/infer', inferBody());
  const ask = () =>
    latencies(port, request, { pauseMs: PAUSE_MILLISECONDS, milliseconds: MIXED_MILLISECONDS });
  await load(port, request, { connections: 1, milliseconds: WARM_UP_MILLISECONDS });
  let answers = 0;
  const results = await inTurns(
    {
      alone: ask,
      'beside LPIPS': async () => {
        const lpips = fork(programOf('lpips-load'), [String(port)]);
        await once(lpips, 'message');
        const times = await ask();
        lpips.send('count');
        const [counts] = await once(lpips, 'message');
        answers += counts[200];
        lpips.disconnect();
        await once(lpips, 'exit');
        return times;
      },
    },
    rounds,
  );
  server.disconnect();
  console.log('');
  printTable(
    ['infer, one row, one connection', 'p50 ms', 'p99 ms', 'worst ms'],
    Object.entries(results).map(([name, runs]) => [
      name,
      ...[0.5, 0.99, 1].map((part) => median(runs.map((times) => quantile(times, part))).toFixed(2)),
    ]),
  );
  const ratios = results.alone.map(
    (times, i) => quantile(results['beside LPIPS'][i], 0.99) / quantile(times, 0.99),
  );
  console.log(
    `p99 beside LPIPS is ${median(ratios).toFixed(2)} times that alone; ${answers} answers of LPIPS meanwhile`,
  );
}

function quantile(times, part) {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

function inferBody() {
  return JSON.stringify({ inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 6], data: FEATURES }] });
}

/** Ports and requests; the last is what the others are compared with. */
function sidesOf({ ours, bare }) {
  const body = inferBody();
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
