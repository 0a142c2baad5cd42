// Hostile regressor graphs through the commands that meet one: `registry verify`, `score` and `registry import`. Each graph is pinned
// with a sidecar and a registry that fit it; the three must agree, refuse what the proof refuses, and end with a code.
// node tools/long/hostile-graph-commands.mjs [graphs of each kind, 25] [seed, 1]
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, sha256 } from '@vqforge/base';
import { decodeModel, encodeModel, REFERENCE_OPS, servableFindings } from '../../packages/onnx/dist/index.js';
import { root } from '../lib/check.mjs';
import { generator } from '../lib/generator.mjs';
import { GRAPHS } from '../lib/hostile-graphs.mjs';
import { SharedCommands } from '../lib/shared-commands.mjs';

const [graphs = 25, seed = 1] = process.argv.slice(2).map(Number);
const ID = 'fr_regressor_v1';
const WIDTH = 6;
const folder = mkdtempSync(join(tmpdir(), 'vqforge-graphs-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const log = join(root, 'packages/table/test/logs/fixtures/libvmaf-3.json');
const commands = new SharedCommands();
const tally = { refused: 0, taken: 0, failed: 0 };
const problems = [];

for (const [kind, make] of Object.entries(GRAPHS)) {
  const random = generator(seed);
  for (let tried = 0; tried < graphs;) {
    const { bytes: made, width, text } = make(random);
    if (width !== WIDTH) continue;
    const bytes = withoutIdentity(made);
    tried++;
    pin(bytes);
    const isRefused = servableFindings(bytes, REFERENCE_OPS, 'regressor').some(
      ({ code }) => code !== 'UNSTRIPPED',
    );
    const onnx = join(folder, 'tiny', `${ID}.onnx`);
    rmSync(join(folder, 'model'), { recursive: true, force: true });
    mkdirSync(join(folder, 'model/tiny'), { recursive: true });
    const outcomes = {
      verify: await commands.run(['registry', 'verify', '--registry', join(folder, 'tiny'), '--json']),
      score: await commands.run(['score', '--tiny-model', onnx, '--features-from', log, '--json']),
      import: await commands.run([
        'registry',
        'import',
        ID,
        '--from',
        join(folder, 'tiny'),
        '--registry',
        join(folder, 'model/tiny'),
        '--json',
      ]),
    };
    const codes = Object.values(outcomes).map(({ code }) => code);
    // the commands allow fewer operators than the proof; what they take may still be a graph that ONNX Runtime does not run
    const isTaken = outcomes.verify.code === 0;
    const isRight =
      codes.every((code) => code === 0 || code === 1 || code === 2) &&
      (outcomes.import.code === 0) === isTaken &&
      (isTaken ? !isRefused : outcomes.score.code !== 0);
    if (!isRight)
      problems.push(
        `${kind} ${tried}: exit ${codes.join(', ')} of verify, score, import; ${isRefused ? '' : 'not '}refused by the proof: ${text}`,
      );
    if (!isTaken) tally.refused++;
    else if (outcomes.score.code === 0) tally.taken++;
    else tally.failed++;
  }
}
await commands.close();
for (const problem of problems.slice(0, 20)) console.log(`PROBLEM ${problem}`);
console.log(
  `seed ${seed}: ${tally.refused} graphs refused by verify, score and import alike, ${tally.taken} taken, ${tally.failed} verified that ONNX Runtime does not run; ${problems.length} problems`,
);
process.exitCode = problems.length > 0 ? 1 : 0;

/** A registry of one model, as an author would write it who means to be believed. */
function pin(bytes) {
  mkdirSync(join(folder, 'tiny'), { recursive: true });
  const sidecar = JSON.parse(readFileSync(join(root, `model/tiny/${ID}.json`), 'utf8'));
  const digest = sha256(bytes);
  Object.assign(sidecar, { sha256: digest, clip: 'runtime' });
  sidecar.run_provenance.outputs.onnx = digest;
  const text = canonicalJson(sidecar);
  const registry = JSON.parse(readFileSync(join(root, 'model/tiny/registry.json'), 'utf8'));
  const entry = registry.models.find(({ id }) => id === ID);
  Object.assign(entry, {
    sha256: digest,
    sidecar_sha256: sha256(Buffer.from(text)),
    size_bytes: bytes.length,
  });
  writeFileSync(join(folder, `tiny/${ID}.onnx`), bytes);
  writeFileSync(join(folder, `tiny/${ID}.json`), text);
  writeFileSync(join(folder, 'tiny/registry.json'), canonicalJson({ ...registry, models: [entry] }));
}

/** The graph without the Identity that ends it, which the commands allow in no regressor: the others would never be met. */
function withoutIdentity(bytes) {
  const model = decodeModel(bytes);
  const { nodes } = model.graph;
  const last = nodes.at(-1);
  if (last?.opType !== 'Identity' || last.outputs[0] !== 'score') return bytes;
  const renamed = (names) => names.map((name) => (name === last.inputs[0] ? 'score' : name));
  const kept = nodes
    .slice(0, -1)
    .map((node) => ({ ...node, inputs: renamed(node.inputs), outputs: renamed(node.outputs) }));
  return encodeModel({ ...model, graph: { ...model.graph, nodes: kept } });
}
