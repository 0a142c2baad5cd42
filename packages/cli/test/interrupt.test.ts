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

async function expectNothing({ outcome }: RunningCommand, code: number): Promise<void> {
  const ended = await outcome;
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(errorLine(ended)).toBe('vqforge: interrupted; nothing was published');
  expect(await listing(out)).toStrictEqual({});
  expect(await listing(temporary)).toStrictEqual({});
}

test.each(['wasm', 'native'])('while the table is read, engine %s', async (engine) => {
  // these are imported beside the table
  const hook = new URL('interrupt-at-import.mjs', import.meta.url).href;
  await expectNothing(train(['--engine', engine], ['--import', hook]), 130);
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
  await expectNothing(running, code);
});

test('when training is done and before the publish', async () => {
  const running = train(['--engine', 'native', '--epochs', '2']);
  await running.said('training 100%');
  running.child.kill('SIGINT');
  await expectNothing(running, 130);
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
