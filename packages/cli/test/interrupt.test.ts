import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test, vi } from 'vitest';
import { writeLpips } from './clips.ts';
import { errorLine, startCommand, type RunningCommand } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { tableColumns, writeTable } from './tables.ts';

// these tests mostly wait for each other's processes to start; more at once than cores only wait longer
vi.setConfig({ maxConcurrency: 2 });

let table: string;

beforeAll(async () => {
  table = await writeTable(join(await temporaryFolder(), 't.parquet'), tableColumns());
});

interface Training extends RunningCommand {
  /** What it left in the folders of its results and its temporary files. */
  readonly left: () => Promise<string[]>;
}

async function train(flags: readonly string[], node: readonly string[] = []): Promise<Training> {
  const folder = await temporaryFolder();
  const [out, temporary] = [join(folder, 'out'), join(folder, 'tmp')];
  for (const path of [out, temporary]) await mkdir(path);
  const outputs = ['--out-onnx', join(out, 'm.onnx'), '--metrics-out', join(out, 'metrics.json')];
  const args = [
    'train',
    '--parquet',
    table,
    '--workers',
    '2',
    '--ship-threshold',
    '-1',
    ...outputs,
    ...flags,
  ];
  const left = async (): Promise<string[]> =>
    Object.keys({ ...(await listing(out)), ...(await listing(temporary)) });
  return { ...startCommand(args, { env: { TMPDIR: temporary }, node }), left };
}

async function endOf({ outcome, left }: Training): Promise<object> {
  const { code, stdout, ...rest } = await outcome;
  return { code, stdout, says: errorLine({ code, stdout, ...rest }), left: await left() };
}

function interrupted(code: number): object {
  return { code, stdout: '', says: 'vqforge: interrupted; nothing was published', left: [] };
}

test.concurrent.each(['wasm', 'native'])('while the table is read, engine %s', async (engine) => {
  // these are imported beside the table
  const hook = new URL('interrupt-at-import.mjs', import.meta.url).href;
  expect(await endOf(await train(['--engine', engine], ['--import', hook]))).toStrictEqual(interrupted(130));
});

test.concurrent.each([
  ['wasm', 'SIGINT', 130],
  ['wasm', 'SIGTERM', 143],
  ['native', 'SIGINT', 130],
] as const)('while it trains, engine %s, by %s', async (engine, signal, code) => {
  const running = await train(['--engine', engine, '--epochs', '1000000']);
  await running.said('rows,');
  await sleep(300);
  running.child.kill(signal);
  expect(await endOf(running)).toStrictEqual(interrupted(code));
});

test.concurrent('when training is done and before the publish', async () => {
  const running = await train(['--engine', 'native', '--epochs', '2']);
  await running.said('training 100%');
  running.child.kill('SIGINT');
  expect(await endOf(running)).toStrictEqual(interrupted(130));
});

test.concurrent.each(['wasm', 'native'])('more Ctrl-C do not wait, engine %s', async (engine) => {
  const running = await train(['--engine', engine, '--epochs', '1000000']);
  await running.said('rows,');
  await sleep(300);
  for (let i = 0; i < 5; i++) running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.outcome;
  expect({ code, stdout }).toStrictEqual({ code: 130, stdout: '' });
  expect(stderr).not.toContain('terminate');
  expect(await running.left()).toStrictEqual([]);
});

test.skipIf(process.platform === 'win32').concurrent.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)(
  'while a named pipe has no writer, the first %s ends score, which says what it waits for',
  async (signal, code) => {
    const folder = await temporaryFolder();
    const pipe = join(folder, 'reference.fifo');
    execFileSync('mkfifo', [pipe]);
    const model = await writeLpips(folder);
    const args = [
      'score',
      '-r',
      pipe,
      '-d',
      pipe,
      '--tiny-model',
      model,
      '--allow-unregistered',
      '--feature',
      'lpips',
    ];
    const scoring = startCommand(args);
    await scoring.said(`${pipe} is a named pipe: waiting for a program that writes to it`);
    // the thread that reads has begun to wait by then, or hears of the signal before it does
    await sleep(1500);
    scoring.child.kill(signal);
    const { code: got, stdout } = await scoring.outcome;
    expect([got, stdout]).toStrictEqual([code, '']);
  },
);

test.each([
  ['a key', ['registry', 'verify', '--key']],
  ['a policy', ['audit', '--policy']],
  ['a token', ['serve', '--port', '0', '--token-file']],
])('the first signal ends the wait for %s from a named pipe', async (_, args) => {
  const pipe = join(await temporaryFolder(), 'input.fifo');
  execFileSync('mkfifo', [pipe]);
  const waiting = startCommand([...args, pipe]);
  // the command waits by then, or hears of the signal before it does
  await sleep(1500);
  waiting.child.kill('SIGTERM');
  const { code, stdout } = await waiting.outcome;
  expect([code, stdout]).toStrictEqual([143, '']);
});
