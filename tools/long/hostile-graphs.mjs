// Regressor graphs that nobody meant well, made from seeds: what a check lets through must be safe to run. A graph that passes gives
// one score per row (or fails), each score depends on its own row alone, and a run of many rows stays within the stated memory.
// node tools/long/hostile-graphs.mjs [graphs of each kind, 2000] [seed, 1]
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { REFERENCE_OPS, servableFindings } from '../../packages/onnx/dist/index.js';
import { ELEMENT_LIMITS } from '../../packages/onnx/dist/bounds/element-limits.js';
import { openEngine } from '../../packages/ort/dist/node.js';
import { generator } from '../lib/generator.mjs';
import { FEW_ROWS, GRAPHS } from '../lib/hostile-graphs.mjs';

/** Rows of the run whose memory is measured. */
const MANY_ROWS = 8192;
const SLACK_MIB = 96;
const CHECK_MS = 1000;
const RUN_MS = 20_000;

if (process.argv[2] === 'run') await runGraphs();
else await main(...process.argv.slice(2).map(Number));

async function main(graphs = 2000, seed = 1) {
  const problems = [];
  for (const [kind, make] of Object.entries(GRAPHS)) {
    const random = generator(seed);
    let child = startChild();
    let accepted = 0;
    const codes = new Map();
    let failed = 0;
    let slowest = 0;
    for (let at = 0; at < graphs; at++) {
      const { bytes, width, text } = make(random);
      const before = process.cpuUsage();
      const findings = servableFindings(bytes, REFERENCE_OPS, 'regressor').filter(
        ({ code }) => code !== 'UNSTRIPPED',
      );
      const { user, system } = process.cpuUsage(before);
      slowest = Math.max(slowest, (user + system) / 1000);
      if (findings.length > 0) {
        codes.set(findings[0].code, (codes.get(findings[0].code) ?? 0) + 1);
        continue;
      }
      accepted++;
      const said = await child.ask({ bytes: Buffer.from(bytes).toString('base64'), width });
      if (said.problem !== undefined) problems.push(`${kind} ${at}: ${said.problem}: ${text}`);
      if (said.failed !== undefined) failed++;
      if (said.isOver) child = startChild();
    }
    child.end();
    if (slowest > CHECK_MS) problems.push(`${kind}: a check took ${slowest.toFixed(0)} ms`);
    console.log(
      `${kind}: ${graphs} graphs, ${accepted} pass, of which ${failed} do not run; slowest check ${slowest.toFixed(0)} ms of processor time; refused: ${[...codes].map(([code, count]) => `${code} ${count}`).join(', ')}`,
    );
  }
  for (const problem of problems.slice(0, 20)) console.log(`PROBLEM ${problem}`);
  console.log(`${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** A process that runs graphs, as one of them may end it. */
function startChild() {
  const child = fork(fileURLToPath(import.meta.url), ['run'], {
    stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
  });
  let listener;
  child.on('message', (said) => listener(said));
  child.on('exit', (code, signal) =>
    listener?.({ problem: `ended the process: ${code ?? signal}`, isOver: true }),
  );
  return {
    end: () => child.kill('SIGKILL'),
    ask: async (request) => {
      child.send(request);
      const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS);
      const said = await new Promise((resolve) => {
        listener = resolve;
      });
      clearTimeout(timer);
      return said;
    },
  };
}

async function runGraphs() {
  const engine = await openEngine('native');
  process.on('message', ({ bytes, width }) => {
    void engine
      .load(Buffer.from(bytes, 'base64'))
      .then((session) => judged(session, width))
      .catch((error) => ({ failed: error.message.slice(0, 120) }))
      .then((answer) => process.send(answer));
  });
  process.on('disconnect', () => process.exit());
}

/** @returns what is wrong with a graph that passed, nothing where it is as it should be */
async function judged(session, width) {
  const random = generator(7);
  const rows = Float32Array.from({ length: FEW_ROWS * width }, () => 4 * random() - 2);
  const scoresOf = async (data) => {
    const dims = [data.length / width, width];
    const { score } = await session.run({ features: { type: 'float32', dims, data } });
    return { type: score.type, dims: score.dims, data: Array.from(score.data) };
  };
  const together = await scoresOf(rows);
  // what a served run checks each time; the proof promises it
  if (together.type !== 'float32' || together.dims.join() !== `${FEW_ROWS}`)
    return { problem: `${FEW_ROWS} rows give ${together.dims}` };
  for (let row = 0; row < FEW_ROWS; row++) {
    const alone = await scoresOf(rows.slice(row * width, (row + 1) * width));
    const others = Float32Array.from(rows, (value, i) =>
      Math.floor(i / width) === row ? value : 3 * value + 1,
    );
    for (const other of [alone.data[0], (await scoresOf(others)).data[row]])
      if (!isNear(other, together.data[row]))
        return { problem: `row ${row} gives ${together.data[row]}, with others ${other}` };
  }
  const before = peakMiB();
  await scoresOf(new Float32Array(MANY_ROWS * width).fill(0.5));
  await session.release();
  const most = (4 * ELEMENT_LIMITS.regressor.live * MANY_ROWS * width) / 2 ** 20 + SLACK_MIB;
  const grown = peakMiB() - before;
  return grown > most
    ? {
        problem: `${MANY_ROWS} rows of ${width} took ${grown.toFixed(0)} MiB, expected at most ${most.toFixed(0)}`,
      }
    : {};
}

/** Sums of float32 in another order. */
function isNear(a, b) {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-3 * Math.max(1, Math.abs(a), Math.abs(b));
}

function peakMiB() {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
}
