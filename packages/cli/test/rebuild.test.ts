import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSidecar } from '@vqforge/artifact';
import { writeFeatureTable } from '@vqforge/table';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { errorLine, runCommand, runCommands, runShared, trainLine } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { rowsOf, tableColumns, writeTable } from './tables.ts';

const columns = tableColumns();

let folder: string;
let run: string;
let table: string;
/** A copy of the run for one test. */
let copy: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  run = join(folder, 'run');
  for (const name of ['run', 'home']) await mkdir(join(folder, name));
  table = await writeTable(join(folder, 'table.parquet'), columns);
  const id = ['--id', 'fr_regressor_v1'];
  const outputs = [...id, '--out-onnx', join(run, 'm.onnx'), '--metrics-out', join(run, 'metrics.json')];
  const outcome = await runShared(trainLine(table, 2, ...outputs));
  if (outcome.code !== 0) throw new Error(outcome.stderr);
});

beforeEach(async () => {
  copy = join(await temporaryFolder(), 'copy');
  await cp(run, copy, { recursive: true });
});

function exportRun(from: string, out: string, ...flags: string[]): string[] {
  return [
    'export',
    'fr-regressor',
    '--run',
    from,
    '--parquet',
    table,
    '--out-onnx',
    join(out, 'm.onnx'),
    ...flags,
  ];
}

/** Nothing but what is given is searched: the cache is in an empty home. */
function elsewhere(): Record<string, string> {
  return { HOME: join(folder, 'home'), XDG_CACHE_HOME: join(folder, 'home') };
}

async function changeByte(path: string, at: (bytes: Buffer) => number, mask = 1): Promise<void> {
  const bytes = await readFile(path);
  const position = at(bytes);
  bytes[position] = bytes[position]! ^ mask;
  await writeFile(path, bytes);
}

async function changeText(path: string, from: RegExp, to: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  expect(text).toMatch(from);
  await writeFile(path, text.replace(from, to));
}

test('export of a run gives the bytes that its training published', async () => {
  const out = await temporaryFolder();
  const outcome = await runCommand(exportRun(run, out, '--json'));
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const trained = await listing(run);
  const published = ['m.onnx', 'm.json', 'm.md', 'registry.json'].map(
    (name) => [name, trained[name]] as const,
  );
  expect(await listing(out)).toStrictEqual(Object.fromEntries(published));
  const { written } = JSON.parse(outcome.stdout) as { written: object[] };
  expect(written).toStrictEqual(published.map(([name, sha256]) => ({ path: join(out, name), sha256 })));
});

test('export refuses another table, a changed checkpoint or evidence, and a run that has no model', async () => {
  const out = await temporaryFolder();
  const other = await writeTable(join(folder, 'other.parquet'), tableColumns({ seed: 2 }));
  const changes: Record<string, (path: string) => Promise<void>> = {
    // the 100th digit of base64 in the first tensor: another weight, still a number
    weight: (path) => changeText(join(path, 'checkpoint.json'), /("float32_base64": ".{100})./, '$1x'),
    mean: (path) => changeText(join(path, 'checkpoint.json'), /("feature_mean": \[\s*0\.\d\d)\d/, '$17'),
    seed: (path) => changeText(join(path, 'metrics.json'), /^( {2}"seed": )0/m, '$11'),
    scores: (path) => changeText(join(path, 'metrics.json'), /"mean_plcc": 0\.\d+/, '"mean_plcc": 1'),
    refused: (path) => changeText(join(path, 'metrics.json'), /"passed": true/, '"passed": false'),
    unshipped: (path) =>
      changeText(join(path, 'metrics.json'), /"artifacts": \{[^}]*\}/, '"artifacts": null'),
    damaged: (path) => changeText(join(path, 'checkpoint.json'), /^\{/, '['),
    absent: (path) => rm(join(path, 'checkpoint.json')),
  };
  for (const [name, change] of Object.entries(changes)) {
    await cp(run, join(folder, name), { recursive: true });
    await change(join(folder, name));
  }
  const outcomes = await runCommands([
    ...Object.keys(changes).map((name) => exportRun(join(folder, name), out)),
    ['export', 'fr-regressor', '--run', run, '--parquet', other, '--out-onnx', join(out, 'm.onnx')],
    exportRun(run, join(out, 'none')),
  ]);
  expect(outcomes.map((outcome) => [outcome.code, errorLine(outcome)])).toStrictEqual([
    [1, expect.stringMatching(/the ONNX made of .*weight has sha256 [0-9a-f]{64}, its training published/)],
    [1, expect.stringMatching(/the sidecar made of .*mean has sha256/)],
    [1, expect.stringMatching(/the sidecar made of .*seed has sha256/)],
    [1, expect.stringMatching(/the sidecar made of .*scores has sha256/)],
    [3, expect.stringMatching(/refused was refused by the ship gate/)],
    [2, expect.stringMatching(/unshipped was a run that did not ship/)],
    [2, expect.stringMatching(/checkpoint/)],
    [2, expect.stringMatching(/absent\/checkpoint\.json does not exist/)],
    [2, expect.stringMatching(/other\.parquet has content sha256 [0-9a-f]{64}, .*run was trained on/)],
    [2, expect.stringMatching(/--out-onnx: folder .*none does not exist/)],
  ]);
  expect(await listing(out)).toStrictEqual({});
});

test('registry verify, list, show and export', async () => {
  const registry = (name: string, ...args: string[]): string[] => [
    'registry',
    name,
    ...args,
    '--registry',
    copy,
  ];
  // the evidence of the run lies beside the model here; it is not the registry's
  for (const name of ['metrics.json', 'environment.json', 'checkpoint.json', 'predictions.parquet'])
    await rm(join(copy, name));
  const [verified, asJson, list, show, exported, unknown] = await runCommands([
    registry('verify'),
    registry('verify', '--json'),
    registry('list'),
    registry('show', 'fr_regressor_v1'),
    registry('export'),
    registry('show', 'other'),
  ]);
  const files = await listing(copy);
  expect(verified).toStrictEqual({ code: 0, stdout: 'ok       fr_regressor_v1\n', stderr: '' });
  expect(JSON.parse(asJson!.stdout)).toStrictEqual({
    schema_version: 2,
    verified: ['fr_regressor_v1'],
    skipped: [],
    findings: [],
  });
  expect(list!.stdout).toBe(`fr_regressor_v1  m.onnx  sha256 ${files['m.onnx']}  NOASSERTION\n`);
  expect(JSON.parse(show!.stdout)).toMatchObject({
    sha256: files['m.onnx'],
    sidecar_sha256: files['m.json'],
  });
  expect(JSON.parse(exported!.stdout)).toMatchObject({
    schema_version: 1,
    models: [{ sha256: files['m.onnx'] }],
  });
  expect(exported!.stdout).not.toContain('sidecar_sha256');
  expect(unknown!.code).toBe(2);
  expect(errorLine(unknown!)).toMatch(/no entry "other", expected one of: fr_regressor_v1/);
});

test.each(['m.onnx', 'm.json'])('registry verify finds a flipped bit in %s', async (name) => {
  await changeByte(join(copy, name), (bytes) => Math.floor(bytes.length / 2));
  const [text, json] = await runCommands([
    ['registry', 'verify', '--registry', copy],
    ['registry', 'verify', 'fr_regressor_v1', '--registry', copy, '--json'],
  ]);
  expect(text).toMatchObject({
    code: 1,
    stderr: '',
    stdout: expect.stringContaining(`DIGEST_MISMATCH ${name} (fr_regressor_v1)`),
  });
  expect(json!.code).toBe(1);
  expect(JSON.parse(json!.stdout)).toMatchObject({
    verified: [],
    findings: expect.arrayContaining([expect.objectContaining({ code: 'DIGEST_MISMATCH', file: name })]),
  });
});

test('regenerate restores a deleted model from the table, moved, renamed, reordered and encoded again', async () => {
  const inputs = join(await temporaryFolder(), 'inputs');
  await mkdir(join(inputs, 'deep', 'er'), { recursive: true });
  const backwards = Array.from(
    columns[0]!.values,
    (_, row, rows = columns[0]!.values.length) => rows - 1 - row,
  );
  await writeTable(join(inputs, 'decoy.parquet'), tableColumns({ seed: 2 }));
  await writeFile(join(inputs, 'broken.parquet'), 'PAR1');
  await writeFeatureTable({
    path: join(inputs, 'deep', 'er', 'another name.parquet'),
    batches: [rowsOf(columns, backwards).reverse()],
    codec: 'GZIP',
    rowGroupRows: 50,
  });
  const before = await listing(copy);
  await rm(join(copy, 'm.onnx'));
  const outcome = await runCommand(
    ['regenerate', 'fr_regressor_v1', '--registry', copy, '--from', inputs, '--quiet'],
    {
      env: elsewhere(),
    },
  );
  expect(outcome).toStrictEqual({
    code: 0,
    stderr: '',
    stdout: `same       fr_regressor_v1: ONNX, sidecar and registry entry, byte for byte\n  written: ${join(copy, 'm.onnx')}\n`,
  });
  expect(await listing(copy)).toStrictEqual(before);
});

test('regenerate --check: the same, a changed weight by name and count, a missing table by digest', async () => {
  const bad = join(await temporaryFolder(), 'changed');
  await cp(run, bad, { recursive: true });
  // the middle of the file lies in the largest tensor
  await changeByte(join(bad, 'm.onnx'), (bytes) => bytes.length >> 1);
  const before = [await listing(copy), await listing(bad)];
  const check = (registry: string, from: string): string[] => [
    'regenerate',
    '--check',
    '--registry',
    registry,
    '--from',
    from,
    '--json',
  ];
  const outcomes = await runCommands([check(copy, folder), check(bad, folder), check(copy, bad)], {
    env: elsewhere(),
  });
  expect(outcomes.map(({ code, stderr }) => ({ code, stderr }))).toStrictEqual(
    [0, 1, 2].map((code) => ({ code, stderr: '' })),
  );
  const [same, different, missing] = outcomes.map(
    ({ stdout }) => (JSON.parse(stdout) as [{ differences: string[] }])[0],
  );
  const sidecar = parseSidecar(await readFile(join(copy, 'm.json')));
  const digest = 'training' in sidecar ? sidecar.training.dataset_digest : undefined;
  expect(same).toMatchObject({ outcome: 'same', differences: [], written: [] });
  expect(different).toMatchObject({ outcome: 'different' });
  expect(different!.differences).toStrictEqual([
    expect.stringMatching(/^m\.onnx: the file has sha256 [0-9a-f]{64}, pinned and rebuilt is [0-9a-f]{64}$/),
    expect.stringMatching(/^m\.onnx: graph\.initializer layer2\.weight: 1 of 4096 elements differ/),
  ]);
  expect(missing).toMatchObject({
    outcome: 'missing',
    missing: [{ role: expect.stringContaining('table-'), digest }],
  });
  expect([await listing(copy), await listing(bad)]).toStrictEqual(before);
});
