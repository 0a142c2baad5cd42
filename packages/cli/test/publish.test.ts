import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import {
  parseCheckpoint,
  parseEnvironment,
  parseMetrics,
  parseRegistry,
  parseSidecar,
} from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import { beforeAll, expect, test } from 'vitest';
import { runCommand, runCommands, type Outcome, trainLine } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { tableColumns, writeTable } from './tables.ts';

const MODEL_FILES = ['m.onnx', 'm.json', 'registry.json'];

let folder: string;
let home: string;
let first: Outcome;

/** Paths are relative to a working folder that is not the repository. */
function train(out: string, ...flags: string[]): Promise<Outcome> {
  const id = ['--id', 'fr_regressor_v1'];
  const outputs = [...id, '--out-onnx', `${out}/m.onnx`, '--metrics-out', `${out}/metrics.json`];
  return runCommand(trainLine('./tàble 1.parquet', 2, ...outputs, ...flags), {
    cwd: folder,
    env: { HOME: home, XDG_CACHE_HOME: '', TMPDIR: join(folder, 'tmp') },
  });
}

async function digestOf(out: string, name: string): Promise<string> {
  return sha256(await readFile(join(folder, out, name)));
}

beforeAll(async () => {
  folder = await temporaryFolder();
  home = join(folder, 'home');
  for (const name of ['home', 'tmp', 'öut', 'one', 'four', 'native', 'twice'])
    await mkdir(join(folder, name));
  await writeTable(join(folder, 'tàble 1.parquet'), tableColumns({ sources: ['a', 'b', 'c', 'd'] }));
  first = await train('öut', '--workers', '2');
});

test('a run says what it did and writes its files', async () => {
  expect(first.code).toBe(0);
  const lines = first.stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^held out +rows +PLCC +SROCC +KROCC +RMSE/);
  expect(lines.slice(1, 7).map((line) => line.split(/ {2,}/)[0])).toStrictEqual([
    'a',
    'b',
    'c',
    'd',
    'mean',
    'std (ddof 1)',
  ]);
  expect(lines[7]).toMatch(/^gate: passed, mean PLCC \d\.\d{5} ≥ -1 over 4 folds$/);
  const written = lines.slice(10).map((line) => line.split(/ +sha256 /));
  const files = await listing(join(folder, 'öut'));
  expect(Object.fromEntries(written)).toStrictEqual(
    Object.fromEntries(Object.entries(files).map(([name, digest]) => [join('öut', name), digest])),
  );
  expect(Object.keys(files)).toHaveLength(8);
});

test('its documents are valid and agree', async () => {
  const read = (name: string): Promise<Buffer> => readFile(join(folder, 'öut', name));
  const metrics = parseMetrics(await read('metrics.json'));
  const sidecar = parseSidecar(await read('m.json'));
  const digests = {
    onnx: sha256(await read('m.onnx')),
    sidecar: sha256(await read('m.json')),
    predictions: sha256(await read('predictions.parquet')),
  };
  expect(metrics).toMatchObject({ shipped: true, gate: { passed: true, reasons: [] } });
  // no digest of the registry, which changes with every other model
  expect(metrics.artifacts).toStrictEqual(digests);
  expect(Object.keys(metrics.run_provenance.outputs ?? {})).toStrictEqual(Object.keys(digests).sort());
  expect(sidecar).toMatchObject({
    sha256: digests.onnx,
    onnx: 'm.onnx',
    training: { n_rows: 240, n_sources: 4, n_pairs: 8 },
  });
  expect(parseCheckpoint(await read('checkpoint.json'))).toMatchObject({
    tableDigest: metrics.dataset.content_digest,
  });
  expect(parseEnvironment(await read('environment.json'))).toMatchObject({
    node: process.version,
    workers: 2,
  });
  expect(JSON.parse((await read('registry.json')).toString())).toMatchObject({
    schema_version: 2,
    models: [
      { id: 'fr_regressor_v1', onnx: 'm.onnx', sha256: digests.onnx, sidecar_sha256: digests.sidecar },
    ],
  });
});

test('no document holds a path of the machine, a user or a host', async () => {
  const names = (await readdir(join(folder, 'öut'))).filter((name) => name.endsWith('.json'));
  expect(names).toHaveLength(5);
  for (const name of names) {
    // weights in base64 may spell anything
    const text = (await readFile(join(folder, 'öut', name), 'utf8')).replace(/"float32_base64": ".*"/g, '');
    const words = new Set(text.split(/\W/));
    const leaks = [
      ...[folder, homedir(), home, process.cwd(), '/tmp'].filter((path) => text.includes(path)),
      ...(text.match(/"(\/|[A-Za-z]:\\|~)[^"]*"/g) ?? []),
      ...[userInfo().username, hostname()].filter((word) => words.has(word)),
    ];
    expect({ name, leaks }).toStrictEqual({ name, leaks: [] });
  }
});

test('the home and the temporary folder stay empty, also with the native engine', async () => {
  expect(await train('native', '--engine', 'native', '--workers', '1', '--quiet')).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(await listing(home)).toStrictEqual({});
  expect(await listing(join(folder, 'tmp'))).toStrictEqual({});
  const { reproducible } = parseMetrics(await readFile(join(folder, 'native', 'metrics.json')));
  expect(reproducible).toBe(false);
});

test('the number of workers changes no byte', async () => {
  const runs = ['one', 'four'] as const;
  const outcomes = await Promise.all([
    train('one', '--workers', '1', '--quiet'),
    train('four', '--workers', '4', '--quiet'),
  ]);
  for (const [i, out] of runs.entries()) {
    expect(outcomes[i]).toMatchObject({ code: 0, stderr: '' });
    for (const name of [...MODEL_FILES, 'checkpoint.json', 'predictions.parquet'])
      expect([out, name, await digestOf(out, name)]).toStrictEqual([out, name, await digestOf('öut', name)]);
  }
});

test('training twice gives the same bytes and publishes nothing new', async () => {
  const out = join(folder, 'öut');
  const before = await listing(out);
  // a publish replaces files; their times of change tell
  const stamps = (): Promise<bigint[]> =>
    Promise.all(MODEL_FILES.map(async (name) => (await stat(join(out, name), { bigint: true })).ctimeNs));
  const was = await stamps();
  const second = await train('öut', '--workers', '2');
  expect(second).toMatchObject({ code: 0 });
  expect(await stamps()).toStrictEqual(was);
  const { ['environment.json']: _timings, ...after } = await listing(out);
  expect(before).toMatchObject(after);
});

test('two trainings at once into one registry both end well', async () => {
  const runs = await Promise.all(
    ['1', '2'].map((seed) =>
      train(
        'twice',
        '--engine',
        'native',
        '--workers',
        '1',
        '--seed',
        seed,
        '--replace',
        '--metrics-out',
        `twice/${seed}.json`,
      ),
    ),
  );
  expect(runs.map(({ code }) => code)).toStrictEqual([0, 0]);
  const [verified] = await runCommands([['registry', 'verify', '--registry', join(folder, 'twice')]]);
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('ok       fr_regressor_v1') });
  const { models } = parseRegistry(await readFile(join(folder, 'twice', 'registry.json')));
  const evidence = await Promise.all(
    ['1', '2'].map(async (seed) => parseMetrics(await readFile(join(folder, 'twice', `${seed}.json`)))),
  );
  expect(evidence.map(({ artifacts }) => artifacts?.onnx)).toContain(models[0]?.sha256);
  expect(evidence.every(({ shipped }) => shipped)).toBe(true);
});
