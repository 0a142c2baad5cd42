import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi, type TestContext } from 'vitest';
import { errorLine, runCommand, runCommands } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { tableColumns, writeTable } from './tables.ts';

vi.setConfig({ testTimeout: 120_000 });

let table: string;
const mounted: string[] = [];

beforeAll(async () => {
  table = await writeTable(join(await temporaryFolder(), 't.parquet'), tableColumns());
});

afterAll(() => {
  for (const folder of mounted) spawnSync('umount', ['-l', folder]);
});

function train(model: string, metrics: string, parquet = table): string[] {
  const quick = [
    '--engine',
    'native',
    '--workers',
    '1',
    '--epochs',
    '1',
    '--ship-threshold',
    '-1',
    '--quiet',
  ];
  return [
    'train',
    '--parquet',
    parquet,
    ...quick,
    '--out-onnx',
    join(model, 'm.onnx'),
    '--metrics-out',
    join(metrics, 'metrics.json'),
  ];
}

/** A file system of that many bytes, or a skipped test where the user may not mount one. */
async function smallDisk(context: TestContext, bytes: number): Promise<string> {
  const folder = await temporaryFolder();
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  if (status !== 0) context.skip(`cannot mount a tmpfs here: ${stderr?.toString() ?? 'no mount command'}`);
  mounted.push(folder);
  return folder;
}

test.each([
  ['not JSON', 'hello', /registry\.json.*JSON/],
  ['empty', '', /registry\.json.*(empty|JSON)/],
  [
    'of a future version',
    '{"schema_version": 3, "models": []}',
    /registry\.json.*schema_version 3, expected 0, 1 or 2/,
  ],
  ['of another shape', '{"schema_version": 2, "models": {}}', /registry\.json.*models/],
])('a registry that is %s is refused before training', async (_, text, says) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'registry.json'), text);
  const before = await listing(folder);
  const outcomes = await runCommands([
    train(folder, folder),
    ...['verify', 'list'].map((name) => ['registry', name, '--registry', folder]),
  ]);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(says);
  }
  expect(await listing(folder)).toStrictEqual(before);
});

test('a stale or damaged manifest is refused', async () => {
  const folder = await temporaryFolder();
  const out = join(folder, 'out');
  await mkdir(out);
  const copy = await writeTable(join(folder, 't.parquet'), tableColumns());
  const stale = {
    schema: 'vqforge-dataset-manifest-v1',
    id: 'stale',
    files: [{ path: 't.parquet', sha256: 'ab'.repeat(32), size_bytes: 1 }],
    content_digest: 'ab'.repeat(32),
    rows: 1,
    columns: [{ name: 'source', type: 'utf8' }],
    sources: [{ name: 'a', rows: 1, pairs: 1, license: 'CC0-1.0', attribution: '' }],
    teacher: { column: 'vmaf', model: null },
    license_notes: '',
    tool_versions: {},
  };
  for (const [text, says] of [
    [
      JSON.stringify(stale),
      /t\.parquet has sha256 [0-9a-f]{64}, its manifest .*manifest\.json says (ab){32}/,
    ],
    ['{', /manifest/],
    [JSON.stringify({ ...stale, schema: 'later' }), /manifest.*schema/],
  ] as const) {
    await writeFile(join(folder, 'manifest.json'), text);
    const outcome = await runCommand(train(out, out, copy));
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(says);
  }
  expect(await listing(out)).toStrictEqual({});
});

test('a read-only folder is refused before training', async (context) => {
  const folder = await smallDisk(context, 65_536);
  spawnSync('mount', ['-o', 'remount,ro', folder]);
  const elsewhere = await temporaryFolder();
  const outcomes = await runCommands([train(folder, elsewhere), train(elsewhere, folder)]);
  for (const [i, flag] of ['--out-onnx', '--metrics-out'].entries()) {
    expect(outcomes[i]).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcomes[i]!)).toMatch(new RegExp(`${flag}: folder .* cannot be written: EROFS`));
  }
  expect(await listing(elsewhere)).toStrictEqual({});
});

test('a disk that is full, or too full for the evidence, is left as it was', async (context) => {
  // a model takes 20 kB, its sidecar and registry 4 kB, the checkpoint 26 kB: with 36 kB left only the model would fit
  for (const free of [4096, 36_864]) {
    const folder = await smallDisk(context, 98_304);
    await writeFile(join(folder, 'filler'), Buffer.alloc(98_304 - free));
    const before = await listing(folder);
    const outcome = await runCommand(train(folder, folder));
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(/ENOSPC/);
    expect(await listing(folder)).toStrictEqual(before);
  }
});
