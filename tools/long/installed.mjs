// Packed and installed in an empty project outside of the clone: init, train, score, serve, report work there, and
// node_modules is byte-identical afterwards. Needs a package registry, or npm's cache of one.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changedNames, digestsBelow } from '../lib/digests.mjs';
import { root } from '../lib/check.mjs';

const folder = mkdtempSync(join(tmpdir(), 'vqforge installed-'));
const tarballs = join(folder, 'tarballs');
const project = join(folder, 'project');
// the variables of npm's scripts would say that the user stands in the clone
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && name !== 'INIT_CWD'),
);
const install = ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
const options = { cwd: project, env: environment, encoding: 'utf8' };

try {
  execFileSync(process.execPath, ['tools/pack.mjs', tarballs], { cwd: root, env: environment });
  const [command] = readdirSync(tarballs).filter((name) => name.startsWith('vqforge-cli-'));
  execFileSync('mkdir', ['-p', project]);
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true }\n');
  execFileSync('npm', [...install, join(tarballs, command)], options);
  const modules = join(project, 'node_modules');
  const before = digestsBelow(modules);
  const bin = join(modules, '.bin', 'vqforge');
  const vqforge = (...args) => execFileSync(bin, args, options);

  assert.match(vqforge('registry', 'list'), /^fr_regressor_v1 /);
  assert.match(vqforge('registry', 'verify'), /^ok +fr_regressor_v1$/m);
  const log = join(root, 'tools', 'long', 'vmaf-log.json');
  cpSync(log, join(project, 'vmaf-log.json'));
  // without a workspace, by the shipped model
  const scored = JSON.parse(
    vqforge('score', '--tiny-model', 'fr_regressor_v1', '--features-from', 'vmaf-log.json'),
  );
  assert.equal(scored.frames.length, 2);

  vqforge('init');
  cpSync(join(root, 'datasets', 'open9'), join(project, 'datasets', 'open9'), { recursive: true });
  const trained = vqforge('train', '--epochs', '2', '--id', 'mine', '--quiet');
  assert.match(trained, /^model\/tiny\/mine\.onnx +sha256 /m);
  vqforge('score', '--tiny-model', 'mine', '--features-from', 'vmaf-log.json', '-o', 'scores.csv');
  assert.match(readFileSync(join(project, 'scores.csv'), 'utf8'), /^Frame,mine,/);
  assert.match(vqforge('report', 'mine'), /^runs\/mine\/report\.html /);
  assert.match(vqforge('audit', '--json'), /"verified":\["mine"\]/);
  await served(bin);
  await viewed(bin);
  // without the native engine, which is optional
  rmSync(join(modules, 'onnxruntime-node'), { recursive: true, force: true });
  const wasm = JSON.parse(vqforge('score', '--tiny-model', 'mine', '--features-from', 'vmaf-log.json'));
  assert.equal(wasm.frames.length, 2);
  assert.match(
    vqforge('train', '--epochs', '1', '--seed', '2', '--id', 'other', '--quiet'),
    /^model\/tiny\/other\.onnx +sha256 /m,
  );

  installedForAll();

  const changed = changedNames(before, digestsBelow(modules)).filter(
    (name) => !name.startsWith('onnxruntime-node'),
  );
  assert.deepEqual(changed, []);
  console.log(`${before.size} files below node_modules, none changed`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** All tarballs at once, for every user of the machine; the libraries find each other. */
function installedForAll() {
  const prefix = join(folder, 'prefix');
  const files = readdirSync(tarballs).map((name) => join(tarballs, name));
  for (const file of files) {
    const entries = execFileSync('tar', ['tzf', file], options).split('\n');
    for (const name of ['LICENSE', 'NOTICE', 'README.md'])
      assert.ok(entries.includes(`package/${name}`), `${file} has no ${name}`);
    assert.ok(
      entries.some((entry) => entry.endsWith('.d.ts')),
      `${file} has no types`,
    );
  }
  execFileSync('npm', [...install, '--global', '--prefix', prefix, ...files], options);
  const isWindows = process.platform === 'win32';
  const bin = isWindows ? join(prefix, 'vqforge.cmd') : join(prefix, 'bin', 'vqforge');
  const listed = execFileSync(bin, ['registry', 'list'], { ...options, cwd: folder, shell: isWindows });
  assert.match(listed, /^fr_regressor_v1 /);
  const modules = isWindows ? join(prefix, 'node_modules') : join(prefix, 'lib', 'node_modules');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const program = `import('@vqforge/table').then(({ FEATURE_SETS }) => console.log(FEATURE_SETS.canonical6.length))`;
  const cwd = join(modules, '@vqforge', 'cli');
  assert.equal(execFileSync(process.execPath, ['-e', program], { ...options, cwd }), '6\n');
  assert.equal(JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')).version, version);
}

/** Serves the models of the workspace until it has answered. */
async function served(bin) {
  const { said, end } = await started(bin, ['serve', '--port', '0', '--json', '--log-level', 'error']);
  assert.deepEqual(said.models, ['mine']);
  const answer = await fetch(`${said.url}/v2/models/mine`);
  assert.equal(answer.status, 200);
  end();
}

/** The page that the command brings. */
async function viewed(bin) {
  const { said, end } = await started(bin, ['view', '--no-open', '--json']);
  const page = await fetch(said.url);
  assert.match(await page.text(), /<title>/);
  end();
}

/** A server that has said where it is. */
async function started(bin, args) {
  const server = spawn(bin, args, options);
  const end = () => server.kill('SIGTERM');
  try {
    const line = await new Promise((resolve, reject) => {
      let text = '';
      server.stdout.on('data', (piece) => {
        text += piece;
        if (text.includes('\n')) resolve(text.split('\n')[0]);
      });
      server.on('exit', (code) => reject(new Error(`${args[0]} ended with ${code}: ${text}`)));
    });
    return { said: JSON.parse(line), end };
  } catch (error) {
    end();
    throw error;
  }
}
