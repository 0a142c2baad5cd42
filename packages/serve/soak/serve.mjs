// Loads `vqforge serve` for a minute from many connections with requests that are right, wrong, huge, slow or given up,
// checks every answer, watches queue and memory, and ends it by SIGTERM under load. Run by hand after a build:
// node packages/serve/soak/serve.mjs [seconds, 60]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { clientsOf } from './clients.mjs';
import { expectedAnswers } from './expected.mjs';
import { percentile, slope } from './statistics.mjs';

const [seconds = 60] = process.argv.slice(2).map(Number);
const MAIN = fileURLToPath(new URL('../../cli/bin/vqforge.js', import.meta.url));
const MAX_QUEUE = 4;
const FLAGS = [
  '--max-queue',
  MAX_QUEUE,
  '--max-body',
  4,
  '--max-tensor',
  2,
  '--timeout',
  5,
  '--log-level',
  'error',
];
/** Memory of the first seconds is that of compiled code and of pools that fill. */
const WARM_UP = Math.min(15, seconds / 4);
const SAMPLE_MS = 500;
const PING_MS = 20;

const expected = await expectedAnswers();
const server = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--json', ...FLAGS.map(String)], {
  stdio: ['ignore', 'pipe', 'pipe'],
});
let log = '';
server.stderr.setEncoding('utf8').on('data', (text) => (log += text));
const exited = once(server, 'exit');
// where this script fails, nothing stays behind
process.on('exit', () => server.kill('SIGKILL'));
const { url, models } = JSON.parse(String(await once(server.stdout, 'data')));
console.log(`${models.join(', ')}, ${seconds} s`);

const state = {
  isOver: false,
  isStopping: false,
  /** @type {string[]} */
  problems: [],
  /** @type {Map<string, number>} */
  outcomes: new Map(),
  /** @type {Map<string, number[]>} */
  latencies: new Map(),
  /** @type {number[]} */
  health: [],
};
const running = clientsOf(url, expected, state).map((client) => client());
const pinging = pingHealth();
const samples = await watch();
const waitingMost = Math.max(...samples.map(({ waiting }) => waiting));
server.kill('SIGTERM');
state.isStopping = true;
await Promise.race([exited, Promise.all(running)]);
state.isOver = true;
await Promise.all([...running, pinging]);
const [code] = await exited;

print();
check(code === 143, `the server ended with ${code}`);
check(log === '', `the server logged errors: ${log.slice(0, 2000)}`);
check(waitingMost <= MAX_QUEUE, `${waitingMost} requests waited`);
for (const problem of state.problems.slice(0, 20)) console.log(`PROBLEM ${problem}`);
console.log(`${state.problems.length} problems`);
process.exitCode = state.problems.length > 0 ? 1 : 0;

/** Health as a load balancer asks for it, on a connection of its own: what a client waits for an answer. */
async function pingHealth() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!state.isStopping) {
    const start = performance.now();
    await new Promise((resolve, reject) => {
      get(`${url}/v2/health/live`, { agent }, (response) => response.resume().on('end', resolve)).on(
        'error',
        reject,
      );
    }).catch((error) => {
      if (!state.isStopping) state.problems.push(`health: ${error.message}`);
    });
    state.health.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, PING_MS));
  }
  agent.destroy();
}

/** Queue and memory as the server's own metrics say, until the time is up. */
async function watch() {
  const seen = [];
  const start = performance.now();
  while (performance.now() - start < seconds * 1000) {
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    const text = await (await fetch(`${url}/metrics`)).text();
    const values = (name) =>
      [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'gm'))].map(([, value]) => Number(value));
    seen.push({
      second: (performance.now() - start) / 1000,
      waiting: Math.max(...values('vqforge_queue_waiting')),
      pending: values('vqforge_pending_bytes')[0],
      resident: values('process_resident_memory_bytes')[0] / 2 ** 20,
    });
  }
  return seen;
}

function print() {
  for (const [outcome, times] of [...state.outcomes].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${String(times).padStart(8)}  ${outcome}`);
  for (const [name, times] of state.latencies) {
    const [p50, p99] = [0.5, 0.99].map((share) => percentile(times, share).toFixed(1));
    console.log(`${name}: ${times.length} answers, p50 ${p50} ms, p99 ${p99} ms`);
  }
  const [middle, late] = [0.5, 0.99].map((share) => percentile(state.health, share).toFixed(1));
  console.log(
    `health: ${state.health.length} answers, p50 ${middle} ms, p99 ${late} ms, worst ${Math.max(...state.health).toFixed(0)} ms`,
  );
  const warm = samples.filter(({ second }) => second > WARM_UP);
  const residents = warm.map(({ resident }) => resident);
  console.log(
    `resident ${Math.min(...residents).toFixed(0)} to ${Math.max(...residents).toFixed(0)} MiB after ${WARM_UP} s, slope ${(
      60 *
      slope(
        warm.map(({ second }) => second),
        residents,
      )
    ).toFixed(1)} MiB a minute`,
  );
  console.log(
    `most waiting ${waitingMost} of ${MAX_QUEUE}, most bytes under way ${Math.max(...samples.map(({ pending }) => pending))}`,
  );
}

function check(holds, problem) {
  if (!holds) state.problems.push(problem);
}
