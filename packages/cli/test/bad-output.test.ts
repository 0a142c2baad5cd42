import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { errorLine, runCommands, trainLine } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { tableColumns, writeTable } from './tables.ts';

let table: string;
const mounted: string[] = [];

beforeAll(async () => {
  table = await writeTable(join(await temporaryFolder(), 't.parquet'), tableColumns());
});

afterAll(() => {
  for (const folder of mounted) spawnSync('umount', ['-l', folder]);
});

function train(model: string, metrics: string, parquet = table): string[] {
  const outputs = ['--out-onnx', join(model, 'm.onnx'), '--metrics-out', join(metrics, 'metrics.json')];
  return trainLine(parquet, 1, '--engine', 'native', '--workers', '1', '--quiet', ...outputs);
}

/** A file system of that many bytes, or a skipped test where the user may not mount one. */
async function smallDisk(context: TestContext, bytes: number): Promise<string> {
  const folder = await temporaryFolder();
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  if (status !== 0) context.skip(`cannot mount a tmpfs here: ${stderr?.toString() ?? 'no mount command'}`);
  mounted.push(folder);
  return folder;
}

test('a registry that cannot be updated is refused before training', async () => {
  const registries: Record<string, [text: string, says: RegExp]> = {
    text: ['hello', /registry\.json.*JSON/],
    empty: ['', /registry\.json.*JSON/],
    future: ['{"schema_version": 3, "models": []}', /registry\.json.*schema_version 3, expected 0, 1 or 2/],
    shapeless: ['{"schema_version": 2, "models": {}}', /registry\.json.*models/],
  };
  const folder = await temporaryFolder();
  const commands = Object.entries(registries).flatMap(([name, [, says]]) => {
    const path = join(folder, name);
    const registry = ['verify', 'list'].map((verb) => ['registry', verb, '--registry', path]);
    return [train(path, path), ...registry].map((args) => ({ args, says }));
  });
  for (const [name, [text]] of Object.entries(registries)) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'registry.json'), text);
  }
  const before = await listing(folder);
  const outcomes = await runCommands(commands.map(({ args }) => args));
  for (const [i, { args, says }] of commands.entries()) {
    expect({ args, ...outcomes[i] }).toMatchObject({ args, code: 2, stdout: '' });
    expect(errorLine(outcomes[i]!)).toMatch(says);
  }
  expect(await listing(folder)).toStrictEqual(before);
});

test('a stale or damaged manifest is refused', async () => {
  const folder = await temporaryFolder();
  const out = join(folder, 'out');
  await mkdir(out);
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
  const manifests = [
    [
      JSON.stringify(stale),
      /t\.parquet has sha256 [0-9a-f]{64}, its manifest .*manifest\.json says (ab){32}/,
    ],
    ['{', /manifest/],
    [JSON.stringify({ ...stale, schema: 'later' }), /manifest.*schema/],
  ] as const;
  const commands = manifests.map(async ([text], i) => {
    const dataset = join(folder, String(i));
    await mkdir(dataset);
    await writeFile(join(dataset, 'manifest.json'), text);
    return train(out, out, await writeTable(join(dataset, 't.parquet'), tableColumns()));
  });
  const outcomes = await runCommands(await Promise.all(commands));
  for (const [i, [, says]] of manifests.entries()) {
    expect(outcomes[i]).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcomes[i]!)).toMatch(says);
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
  const disks: string[] = [];
  for (const free of [4096, 36_864]) {
    const folder = await smallDisk(context, 98_304);
    await writeFile(join(folder, 'filler'), Buffer.alloc(98_304 - free));
    disks.push(folder);
  }
  const before = await Promise.all(disks.map(listing));
  for (const outcome of await runCommands(disks.map((folder) => train(folder, folder)))) {
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(/ENOSPC/);
  }
  expect(await Promise.all(disks.map(listing))).toStrictEqual(before);
});
