import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseHeadsMetrics } from '@vqforge/artifact';
import { writeMiniBapps } from '@vqforge/bapps';
import { beforeAll, describe, expect, test } from 'vitest';
import { errorLine, runCommand, runShared, startCommand } from './command.ts';
import { temporaryFolder } from './folders.ts';

let folder: string;
let dataset: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  dataset = join(folder, 'mini');
  await writeMiniBapps({ out: dataset, count: 2, seed: 0 });
  await mkdir(join(folder, 'cache'));
});

/** Without weights of others, and by the engine that is quick to start. */
const flags = (name: string): string[] => [
  'train',
  'lpips',
  '--untrained-trunk',
  '--no-export',
  '--engine=native',
  '--workers=1',
  `--dataset=${dataset}`,
  `--cache=${join(folder, 'cache')}`,
  `--statistics=${join(folder, name)}`,
  `--metrics-out=${join(folder, `${name}.json`)}`,
];

test('trains on the sets of BAPPS, tells each epoch, and a second run begins where the first ended', async () => {
  const { code, stdout, stderr } = await runCommand(flags('first'));
  expect(code).toBe(0);
  expect(stdout).toContain('24 triplets, 24 of them through the trunk now');
  for (const name of ['no heads', 'at the start', 'trained', 'not shipped']) expect(stdout).toContain(name);
  expect(stderr).toMatch(/epoch 10: loss \d\.\d{4}, accuracy [\d.]+ %, validation [\d.]+ %/);
  const again = await runShared([...flags('first'), '--json']);
  expect(again.stderr).toBe('');
  const result = JSON.parse(again.stdout) as { metrics: unknown; computed: number };
  expect(result.computed).toBe(0);
  expect(parseHeadsMetrics(result.metrics)).toMatchObject({
    network: 'squeeze',
    engine: 'native',
    reproducible: false,
    shipped: false,
    gate: { against: 'baseline' },
  });
});

test('Ctrl-C ends it with 130, and what was done is kept for the next run', async () => {
  const long = [...flags('kept'), '--epochs', '150', '--decay-epochs', '0'];
  const { child, said, outcome } = startCommand(long);
  await said('epoch 2:');
  child.kill('SIGINT');
  const { code, stdout } = await outcome;
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  const resumed = await runShared(long);
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toMatch(/going on after epoch \d+/);
  expect(resumed.stdout).toContain('24 triplets, 0 of them through the trunk now');
});

describe('bad usage, exit code 2', () => {
  test.each([
    ['no dataset', ['train', 'lpips'], '--dataset'],
    ['an unknown net', ['train', 'lpips', '--dataset', '.', '--net', 'resnet'], '--net'],
    ['no epochs', ['train', 'lpips', '--dataset', '.', '--epochs', '0'], '--epochs'],
    ['a rate of 0', ['train', 'lpips', '--lr', '0', '--no-export', '--untrained-trunk'], 'learning rate'],
    ['no id', ['train', 'lpips', '--untrained-trunk'], '--id'],
    ['no weights', ['train', 'lpips', '--no-export'], 'vqforge weights pull squeeze'],
    [
      'a set that is not there',
      ['train', 'lpips', '--untrained-trunk', '--no-export', '--val-sets', 'val/x'],
      'val/x',
    ],
  ])('%s', async (_, args, says) => {
    const rest = args.includes('--dataset') || args.length === 2 ? [] : ['--dataset', dataset];
    const outcome = await runShared([
      ...args,
      ...rest,
      '--cache',
      join(folder, 'cache'),
      '--statistics',
      join(folder, 's'),
    ]);
    expect(outcome.code).toBe(2);
    expect(errorLine(outcome)).toContain(says);
  });

  test('a folder that is not BAPPS', async () => {
    const outcome = await runShared([...flags('none'), '--dataset', folder, '--json']);
    expect(JSON.parse(errorLine(outcome))).toMatchObject({ error: { code: 'NOT_BAPPS', exit_code: 2 } });
  });
});

test('train itself still takes its own flags', async () => {
  const { code, stdout } = await runShared(['train', '--help']);
  expect(code).toBe(0);
  for (const flag of ['--parquet', '--json', '--quiet', 'lpips']) expect(stdout).toContain(flag);
});
