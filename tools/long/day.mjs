// A day with the command, black-box: two models published, one retrained, rolled back, compared, swept, removed. After each
// step the digests of all other files are what they were. Then each step is killed in its middle: old or new, whole.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { changedNames, digestsBelow } from '../lib/digests.mjs';
import { root } from '../lib/check.mjs';

const BIN = join(root, 'packages', 'cli', 'bin', 'vqforge.js');
const folder = mkdtempSync(join(tmpdir(), 'vqforge day-'));
const workspace = join(folder, 'workspace');
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && name !== 'INIT_CWD'),
);
const options = { cwd: workspace, env: environment, encoding: 'utf8' };
// short trainings: what they learn does not matter here
const QUICK = ['--epochs', '1', '--ship-threshold', '-1', '--engine', 'native', '--quiet'];

/** Runs a command that must end with an exit code, and says what it printed. */
function vqforge(args, { code = 0, cwd = workspace } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { ...options, cwd });
  assert.equal(status, code, `vqforge ${args.join(' ')}: ${status}\n${stderr}`);
  return stdout + stderr;
}

/** Runs a step, and refuses changes of files that are not its own. */
function step(args, own, expected) {
  const before = digestsBelow(workspace);
  const said = vqforge(args, expected);
  const others = changedNames(before, digestsBelow(workspace)).filter((name) => !own.test(name));
  assert.deepEqual(others, [], `vqforge ${args.join(' ')} changed what is not its own`);
  console.log(`ok vqforge ${args.slice(0, 3).join(' ')}`);
  return said;
}

const digest = (name) => digestsBelow(workspace).get(name);

try {
  vqforge(['init', workspace], { cwd: folder });
  cpSync(join(root, 'datasets', 'open9'), join(workspace, 'datasets', 'open9'), { recursive: true });
  const filesOf = (id) =>
    new RegExp(
      `^(model/tiny/(registry\\.json|${id}\\.(onnx|json|md))|runs/${id}/.*|model/\\.history/${id}/.*)$`,
    );
  const train = (id, ...flags) => ['train', '--id', id, ...QUICK, ...flags];

  step(train('prod_2025'), filesOf('prod_2025'));
  step(train('candidate', '--seed', '7'), filesOf('candidate'));
  const first = digest('model/tiny/prod_2025.onnx');
  const evidence = readFileSync(join(workspace, 'runs', 'prod_2025', 'metrics.json'), 'utf8');
  // point 1: the old model is not lost without a word
  const refused = step(train('prod_2025', '--seed', '8'), /^$/, { code: 2 });
  assert.match(refused, /--replace/);
  step(train('prod_2025', '--seed', '8', '--replace'), filesOf('prod_2025'));
  const second = digest('model/tiny/prod_2025.onnx');
  assert.notEqual(second, first);
  assert.match(step(['registry', 'history', 'prod_2025'], /^$/), /prod_2025/);
  assert.match(step(['registry', 'diff', 'prod_2025'], /^$/), /prod_2025: version/);
  step(['registry', 'rollback', 'prod_2025'], filesOf('prod_2025'));
  assert.equal(digest('model/tiny/prod_2025.onnx'), first);
  assert.equal(readFileSync(join(workspace, 'runs', 'prod_2025', 'metrics.json'), 'utf8'), evidence);
  assert.match(step(['registry', 'verify'], /^$/), /ok +candidate\nok +prod_2025/);
  assert.match(
    step(
      ['compare', 'prod_2025', 'candidate', '--out', 'comparison.html', '-o', 'comparison.json'],
      /^comparison\.(html|json)$/,
    ),
    /from prod_2025/,
  );
  step(
    ['sweep', '--epochs', '1,2', '--seeds', '0-1', '--engine', 'native', '--out', 'sweep', '--quiet'],
    /^sweep\//,
  );
  step(
    ['sweep', '--epochs', '1,2', '--seeds', '0-1', '--engine', 'native', '--out', 'sweep', '--quiet'],
    /^$/,
  );
  step(['registry', 'remove', 'candidate'], filesOf('candidate'));
  assert.equal(digest('model/tiny/candidate.onnx'), undefined);
  step(['registry', 'rollback', 'candidate'], filesOf('candidate'));
  assert.match(step(['registry', 'verify'], /^$/), /ok +candidate\nok +prod_2025/);
  await killedSteps(train);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Kills each changing step at instants spread over its length, and checks that what is there is the old or the new, whole. */
async function killedSteps(train) {
  const steps = [
    train('prod_2025', '--seed', '8', '--replace'),
    ['registry', 'rollback', 'prod_2025'],
    ['registry', 'remove', 'candidate'],
    ['registry', 'rollback', 'candidate'],
    ['sweep', '--epochs', '1', '--seeds', '3-4', '--engine', 'native', '--out', 'sweep2', '--quiet'],
  ];
  for (const args of steps) {
    const start = performance.now();
    const whole = join(folder, 'whole');
    cpSync(workspace, whole, { recursive: true });
    vqforge(args, { cwd: whole });
    const length = performance.now() - start;
    const [before, after] = [modelsOf(workspace), modelsOf(whole)];
    let kills = 0;
    for (const part of [0.3, 0.6, 0.8, 0.9, 0.95, 1]) {
      const copy = join(folder, 'copy');
      cpSync(workspace, copy, { recursive: true });
      const child = spawn(process.execPath, [BIN, ...args], { ...options, cwd: copy, stdio: 'ignore' });
      const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
      await Promise.race([sleep(length * part), ended]);
      child.kill('SIGKILL');
      if ((await ended) === 'SIGKILL') kills += 1;
      // readers resolve to one state without writing; the next writer recovers
      assert.match(vqforge(['registry', 'verify'], { cwd: copy }), /^ok /m);
      const found = modelsOf(copy);
      assert.ok(
        found === before || found === after,
        `vqforge ${args.join(' ')}, killed after ${Math.round(length * part)} ms: neither old nor new\n${found}`,
      );
      rmSync(copy, { recursive: true });
    }
    console.log(`ok killed ${kills} times: vqforge ${args.slice(0, 3).join(' ')}`);
    rmSync(workspace, { recursive: true });
    cpSync(whole, workspace, { recursive: true });
    rmSync(whole, { recursive: true });
  }
}

/** What the registry pins, as it is read: ids with their digests. */
function modelsOf(cwd) {
  const models = JSON.parse(vqforge(['registry', 'list', '--json'], { cwd }));
  return models.map(({ id, sha256 }) => `${id} ${sha256}`).join('\n');
}
