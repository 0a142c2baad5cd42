import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { errorLine, startCommand, type RunningCommand } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { tableColumns, writeTable } from './tables.ts';

vi.setConfig({ testTimeout: 120_000 });

let table: string;
let out: string;
let temporary: string;

beforeAll(async () => {
  table = await writeTable(join(await temporaryFolder(), 't.parquet'), tableColumns());
});

beforeEach(async () => {
  const folder = await temporaryFolder();
  [out, temporary] = [join(folder, 'out'), join(folder, 'tmp')];
  await mkdir(out);
  await mkdir(temporary);
});

function train(flags: readonly string[], node: readonly string[] = []): RunningCommand {
  const outputs = ['--out-onnx', join(out, 'm.onnx'), '--metrics-out', join(out, 'metrics.json')];
  return startCommand(
    ['train', '--parquet', table, '--workers', '2', '--ship-threshold', '-1', ...outputs, ...flags],
    {
      env: { TMPDIR: temporary },
      node,
    },
  );
}

/** How a run ended, and what it left in the folders of its results and its temporary files. */
async function endOf({ outcome }: RunningCommand): Promise<object> {
  const ended = await outcome;
  const left = [...Object.keys(await listing(out)), ...Object.keys(await listing(temporary))];
  return { code: ended.code, stdout: ended.stdout, says: errorLine(ended), left };
}

function interrupted(code: number): object {
  return { code, stdout: '', says: 'vqforge: interrupted; nothing was published', left: [] };
}

test.each(['wasm', 'native'])('while the table is read, engine %s', async (engine) => {
  // these are imported beside the table
  const hook = new URL('interrupt-at-import.mjs', import.meta.url).href;
  expect(await endOf(train(['--engine', engine], ['--import', hook]))).toStrictEqual(interrupted(130));
});

test.each([
  ['wasm', 'SIGINT', 130],
  ['wasm', 'SIGTERM', 143],
  ['native', 'SIGINT', 130],
] as const)('while it trains, engine %s, by %s', async (engine, signal, code) => {
  const running = train(['--engine', engine, '--epochs', '1000000']);
  await running.said('rows,');
  await sleep(300);
  running.child.kill(signal);
  expect(await endOf(running)).toStrictEqual(interrupted(code));
});

test('when training is done and before the publish', async () => {
  const running = train(['--engine', 'native', '--epochs', '2']);
  await running.said('training 100%');
  running.child.kill('SIGINT');
  expect(await endOf(running)).toStrictEqual(interrupted(130));
});

test.each(['wasm', 'native'])('more Ctrl-C do not wait, engine %s', async (engine) => {
  const running = train(['--engine', engine, '--epochs', '1000000']);
  await running.said('rows,');
  await sleep(300);
  for (let i = 0; i < 5; i++) running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.outcome;
  expect({ code, stdout }).toStrictEqual({ code: 130, stdout: '' });
  expect(stderr).not.toContain('terminate');
  expect(await listing(out)).toStrictEqual({});
});
