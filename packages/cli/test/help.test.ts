import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildProgram, examplesOf } from '../src/index.ts';
import { runCommand } from './command.ts';
import { temporaryFolder } from './folders.ts';
import { caseTable } from '../../../testing/case-table.ts';

type Command = Awaited<ReturnType<typeof buildProgram>>;

function pathsOf(command: Command): string[][] {
  return [[], ...command.commands.flatMap((child) => pathsOf(child).map((path) => [child.name(), ...path]))];
}

/** What a run of the command line imports, by a hook of Node's loader: files, and the modules that are bundled in them. */
async function modulesOf(args: string[]): Promise<{ loaded: string[]; stdout: string; code: number }> {
  const log = join(await temporaryFolder(), 'loaded.txt');
  await writeFile(log, '');
  const recorder = new URL('../../../testing/module-recorder.mjs', import.meta.url).href;
  const { stdout, code } = await runCommand(args, { node: ['--import', recorder], env: { MODULE_LOG: log } });
  const files = (await readFile(log, 'utf8')).trim().split('\n');
  const bundled = await Promise.all(files.filter((url) => url.includes('/cli/bin/')).map(bundledIn));
  return { loaded: [...files, ...bundled.flat()], stdout, code };
}

/** The bundler writes the path of each module above it. */
async function bundledIn(url: string): Promise<string[]> {
  const text = await readFile(new URL(url), 'utf8');
  return [...text.matchAll(/^\/\/ (\S+\.m?js)$/gm)].map(([, path]) => path as string);
}

const HEAVY = /onnxruntime|parquet-wasm|apache-arrow|\/valibot\/|simple-statistics/;

test('every command that does something has a description, and examples that its flags understand', async () => {
  const program = await buildProgram(new AbortController().signal, []);
  for (const path of pathsOf(program)) {
    const command = path.reduce((at, name) => at.commands.find((child) => child.name() === name)!, program);
    expect({ path, says: command.description() !== '' }).toEqual({ path, says: true });
    const examples = examplesOf(command);
    // a group has commands instead
    expect({ path, shows: command.commands.length > 0 || examples.length > 0 }).toEqual({
      path,
      shows: true,
    });
    for (const { line } of examples) {
      const words = line.split(' ');
      expect(words.slice(0, path.length + 1)).toEqual(['vqforge', ...path]);
      const known = command.options.flatMap(({ short, long }) => [short, long]);
      for (const word of words.filter((text) => /^--?[a-z]/.test(text)))
        expect({ line, word, known: known.includes(word) }).toEqual({ line, word, known: true });
    }
  }
});

test('the recorder sees what a command loads', async () => {
  expect((await modulesOf(['train', '--parquet', 'missing'])).loaded.join('\n')).toMatch(HEAVY);
});

test('--help of commands exits 0 and loads neither ONNX Runtime nor parquet', async () => {
  const every = pathsOf(await buildProgram(new AbortController().signal, []));
  expect(every.length).toBeGreaterThan(30);
  // the program, and those that load the most
  const heaviest = ['train', 'train lpips', 'score', 'serve', 'export lpips', 'corpus run', 'registry sign'];
  const isEssential = (path: string[]): boolean => path.length === 0 || heaviest.includes(path.join(' '));
  const paths = caseTable(
    every.filter(isEssential),
    every.filter((path) => !isEssential(path)),
  );
  expect(paths.length).toBeGreaterThan(heaviest.length);
  // two at a time, one per core of a small machine
  for (let i = 0; i < paths.length; i += 2) {
    const pair = paths.slice(i, i + 2);
    const seen = await Promise.all(pair.map((path) => modulesOf([...path, '--help'])));
    for (const [j, { loaded, stdout, code }] of seen.entries()) {
      const path = pair[j]!;
      const heavy = loaded.filter((url) => HEAVY.test(url));
      expect({ path, code, heavy }).toStrictEqual({ path, code: 0, heavy: [] });
      expect(stdout).toMatch(new RegExp(`^Usage: ${['vqforge', ...path].join(' ')}\\b`));
      // the bundler names modules relative to where it was started
      expect(loaded.some((url) => url.endsWith('dist/main.js'))).toBe(true);
    }
  }
});

test('--help and --version are quick', async () => {
  const times = [];
  for (const flag of ['--help', '--help', '--version']) {
    const start = performance.now();
    expect((await runCommand([flag])).code).toBe(0);
    times.push(Math.round(performance.now() - start));
  }
  // said, not asserted: the machine of a test may be busy
  console.log(`vqforge --help, --help, --version: ${times.join(', ')} ms`);
});
