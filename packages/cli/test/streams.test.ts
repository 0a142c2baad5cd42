import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { MAIN, runCommand, runCommands, startCommand, trainLine } from './command.ts';
import { temporaryFolder } from './folders.ts';
import { tableColumns, writeTable } from './tables.ts';

let folder: string;
let table: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  table = await writeTable(join(folder, 't.parquet'), tableColumns());
  await writeFile(join(folder, 'registry.json'), '{"schema_version": 1, "models": []}');
});

function train(...flags: string[]): string[] {
  const quick = ['--engine', 'native', '--workers', '1', '--no-export'];
  return trainLine(table, 30, ...quick, '--metrics-out', join(folder, 'metrics.json'), ...flags);
}

function shell(args: readonly string[], redirection: string): SpawnSyncReturns<string> {
  const script = `set -o pipefail; "$@" ${redirection}`;
  return spawnSync('bash', ['-c', script, 'bash', process.execPath, MAIN, ...args], { encoding: 'utf8' });
}

test('a result that cannot be written is exit 2, one without a reader is no failure', () => {
  const full = shell(['registry', 'export', '--registry', folder], '> /dev/full');
  expect(full.stderr).toBe('vqforge: the result cannot be written: ENOSPC\n');
  expect(full.status).toBe(2);
  expect(shell(['registry', 'export', '--registry', folder], '| true')).toMatchObject({
    status: 0,
    stderr: '',
  });
});

test('progress without a reader stops nothing', async () => {
  const { child, outcome, said } = startCommand(train());
  await said('training');
  child.stderr?.destroy();
  expect(await outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('gate: passed') });
});

test('progress without a terminal says how long it will take', async () => {
  const args = ['train', '--recipe', 'reference', '--epochs', '2', '--engine', 'native', '--no-export'];
  const { stderr } = await runCommand([...args, '--metrics-out', join(await temporaryFolder(), 'm.json')]);
  const lines = stderr.match(/^training .*$/gm) ?? [];
  expect(lines).toHaveLength(10);
  for (const line of lines.slice(1, -1))
    expect(line).toMatch(/^training \d0% \(\d+\/\d+ steps, \d+ s left\)$/);
  expect(lines.at(-1)).toMatch(/^training 100% \((\d+)\/\1 steps\)$/);
});

test('without a terminal progress is at most one line per tenth, on stderr', async () => {
  const { code, stdout, stderr } = await runCommand(train());
  expect(code).toBe(0);
  const [first, ...lines] = stderr.trimEnd().split('\n');
  expect(first).toMatch(
    /^table-[0-9a-f]{12}: 180 rows, 3 sources, 6 pairs, teacher vmaf, content sha256 [0-9a-f]{12}…$/,
  );
  const tenths = lines
    .filter((line) => line.startsWith('training '))
    .map((line) => Number(/^training (\d+)0% \(\d+\/\d+ steps(?:, \d+ s left)?\)$/.exec(line)?.[1]));
  expect(tenths).toStrictEqual([...new Set(tenths)].sort((a, b) => a - b));
  expect(tenths.at(-1)).toBe(10);
  expect(stdout).toMatch(/^held out +rows +PLCC/);
  expect(stderr).not.toContain('\u001b');
});

test('--quiet and --json say nothing on stderr', async () => {
  const [quiet, json] = await runCommands([train('--quiet'), train('--json')]);
  expect(quiet).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('gate: passed') });
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expect(Object.keys(JSON.parse(json!.stdout) as object)).toStrictEqual(['metrics', 'written', 'recovered']);
});

test('on a terminal progress is a bar with an ETA, and Ctrl-C brings the cursor back', async (context) => {
  if (spawnSync('script', ['--version']).status !== 0)
    context.skip('no script command to make a terminal with');
  const command = [process.execPath, MAIN, ...train('--epochs', '1000000')]
    .map((word) => `'${word}'`)
    .join(' ');
  const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  let isPressed = false;
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    // what the key does: the terminal sends the signal; once, as the second one does not wait for a message
    if (isPressed || !/ETA \d/.test(said)) return;
    isPressed = true;
    terminal.stdin.write('\u0003');
  });
  const code = await new Promise((resolve) => terminal.on('close', resolve));
  expect(said).toMatch(/training \S+ \d+% \| \d+\/\d+ steps \| ETA /);
  expect(said).toContain('interrupted');
  expect(said.lastIndexOf('\u001b[?25h')).toBeGreaterThan(said.lastIndexOf('\u001b[?25l'));
  expect(code).toBe(130);
});
