// Runs the bundled command tree. Each line of stdin is { commands, cwd, env }; each line of stdout the commands' outcomes.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildProgram, exitCodeOf, reportError } from '../bin/index.js';

// V8 shares what it has compiled of a module among all threads for as long as one of them holds the module
const HELD = ['onnxruntime-web/ort-wasm-simd-threaded.wasm', 'parquet-wasm/esm/parquet_wasm_bg.wasm'];
const held = HELD.map(async (name) =>
  WebAssembly.compile(await readFile(fileURLToPath(import.meta.resolve(name)))),
);
globalThis.heldModules = await Promise.all(held);

const environment = { ...process.env };
const folder = process.cwd();
const said = { stdout: '', stderr: '' };
const answer = process.stdout.write.bind(process.stdout);
for (const name of ['stdout', 'stderr']) {
  process[name].write = (part) => {
    said[name] += part;
    return true;
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { commands, cwd = folder, env = {} } = JSON.parse(line);
  process.chdir(cwd);
  Object.assign(process.env, env);
  const outcomes = [];
  for (const argv of commands) outcomes.push(await outcomeOf(argv));
  // Windows keeps no folder that a process stands in, and tests remove theirs
  process.chdir(folder);
  for (const name of Object.keys(env)) {
    if (name in environment) process.env[name] = environment[name];
    else delete process.env[name];
  }
  answer(`${JSON.stringify(outcomes)}\n`);
}

async function outcomeOf(argv) {
  said.stdout = '';
  said.stderr = '';
  let code = 0;
  try {
    const program = await buildProgram(new AbortController().signal, argv);
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    code = exitCodeOf(error);
    reportError(error, undefined, argv);
  }
  return { code, ...said };
}
