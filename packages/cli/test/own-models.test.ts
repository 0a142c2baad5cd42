import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseMetrics, parseSidecar } from '@vqforge/artifact';
import { beforeAll, expect, test } from 'vitest';
import { errorLine, runCommands, type Outcome } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { changed, tableColumns, writeTable, type Columns } from './tables.ts';

let folder: string;
let options: { cwd: string; env: Record<string, string> };

const QUICK = ['--epochs', '1', '--ship-threshold', '-1', '--engine', 'native', '--workers', '1', '--quiet'];
const train = (table: string, ...flags: string[]): string[] => [
  'train',
  '--parquet',
  table,
  ...QUICK,
  ...flags,
];

/** The scores of the teacher, changed row by row. */
function taught(change: (score: number) => number): Columns {
  return changed(tableColumns(), 'vmaf', (score: number) => change(score));
}

beforeAll(async () => {
  folder = await temporaryFolder();
  options = { cwd: folder, env: { npm_package_json: '', INIT_CWD: '' } };
  await writeTable(join(folder, 'mine.parquet'), [
    ...tableColumns(),
    { name: 'sharpness', type: 'float64', values: tableColumns({ seed: 9 })[4]!.values },
  ]);
  await writeTable(
    join(folder, 'unit.parquet'),
    taught((score) => score / 100),
  );
  await writeTable(
    join(folder, 'mos.parquet'),
    taught((score) => 1 + score / 25),
  );
  await writeTable(
    join(folder, 'wide.parquet'),
    taught((score) => score * 2),
  );
  await runCommands([['init', '.']], options);
});

async function sidecar(id: string): Promise<ReturnType<typeof parseSidecar>> {
  return parseSidecar(await readFile(join(folder, 'model', 'tiny', `${id}.json`)));
}

test('models are published under ids of one’s own, beside each other; a publish touches only its own', async () => {
  const [first] = await runCommands([train('mine.parquet', '--id', 'prod_2025')], options);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  const before = await listing(folder);
  const [second, listed, verified, exported] = await runCommands(
    [
      train('mine.parquet', '--seed', '7', '--out-onnx', 'model/tiny/candidate.onnx'),
      ['registry', 'list', '--json'],
      ['registry', 'verify'],
      ['export', 'fr-regressor', '--run', 'runs/prod_2025', '--parquet', 'mine.parquet', '--json'],
    ],
    options,
  );
  expect(second).toMatchObject({ code: 0, stderr: '' });
  const files = await listing(folder);
  // the export of a run publishes what its training did, so all the others stay
  const { 'model/tiny/registry.json': _, ...others } = before;
  expect(files).toMatchObject(others);
  for (const id of ['prod_2025', 'candidate']) {
    const { id: named, onnx } = await sidecar(id);
    expect([named, onnx]).toEqual([id, `${id}.onnx`]);
    const metrics = parseMetrics(await readFile(join(folder, 'runs', id, 'metrics.json')));
    expect(metrics.artifacts?.onnx).toBe(files[`model/tiny/${id}.onnx`]);
    expect(metrics.run_provenance.args['id']).toBe(id);
  }
  expect((JSON.parse(listed!.stdout) as { id: string }[]).map(({ id }) => id)).toEqual([
    'candidate',
    'prod_2025',
  ]);
  expect(verified).toMatchObject({
    code: 0,
    stdout: 'ok       candidate\nok       prod_2025\n',
  });
  expect(exported).toMatchObject({ code: 0, stderr: '' });
});

test('feature sets of one’s own are published under an own id, score from logs, and are exported again', async () => {
  const columns = ['--feature-columns', 'sharpness,motion2', '--id', 'sharp_v1'];
  const [trained, exported, scored] = await runCommands(
    [
      train('mine.parquet', ...columns),
      ['export', 'fr-regressor', '--run', 'runs/sharp_v1', '--parquet', 'mine.parquet', '--json'],
      ['score', '--tiny-model', 'sharp_v1', '--features-from', 'mine.parquet', '--engine', 'wasm'],
    ],
    options,
  );
  expect([trained!.code, trained!.stderr]).toEqual([0, '']);
  expect(await sidecar('sharp_v1')).toMatchObject({
    id: 'sharp_v1',
    feature_order: ['sharpness', 'motion2'],
  });
  expect(exported).toMatchObject({ code: 0, stderr: '' });
  expect(scored).toMatchObject({ code: 0 });
  expect((JSON.parse(scored!.stdout) as { frames: unknown[] }).frames).toHaveLength(180);
});

test('a teacher of another scale needs --teacher-range, which becomes the output range', async () => {
  const before = await listing(folder);
  const refused = await runCommands(
    [
      train('unit.parquet', '--id', 'unit'),
      train('wide.parquet', '--id', 'wide'),
      train('unit.parquet', '--id', 'unit', '--teacher-range', '0,0.5'),
      train('unit.parquet', '--no-export'),
      train('unit.parquet', '--teacher-range', '1,0'),
      train('unit.parquet', '--teacher-range', '0'),
    ],
    options,
  );
  const says = [
    /scores from 0\.\d+ to 0\.\d+, which does not look like 0 to 100.*--teacher-range 0,1$/,
    /expected 0 to 100.*--teacher-range \d+,\d+$/,
    /expected 0 to 0\.5/,
    /--teacher-range 0,1$/,
    /--teacher-range.*the lower one first/,
    /--teacher-range.*two numbers/,
  ];
  for (const [i, outcome] of refused.entries()) {
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(says[i]!);
  }
  expect(await listing(folder)).toStrictEqual(before);
  const [unit, mos, scored] = (await runCommands(
    [
      train('unit.parquet', '--id', 'unit', '--teacher-range', '0,1'),
      train('mos.parquet', '--id', 'mos_v1', '--teacher-range', '1,5'),
      ['score', '--tiny-model', 'mos_v1', '--features-from', 'mos.parquet', '--engine', 'wasm', '--csv'],
    ],
    options,
  )) as [Outcome, Outcome, Outcome];
  expect([unit.code, mos.code, scored.code]).toEqual([0, 0, 0]);
  expect(await sidecar('unit')).toMatchObject({ output_range: { min: 0, max: 1 } });
  expect(await sidecar('mos_v1')).toMatchObject({
    output_range: { min: 1, max: 5 },
    run_provenance: { args: { teacher_range: [1, 5] } },
  });
  const [head, ...rows] = scored.stdout.trim().split('\n');
  const at = head!.split(',').indexOf('mos_v1');
  for (const row of rows) expect(Number(row.split(',')[at])).toBeGreaterThanOrEqual(1);
});

test('the licence is what the manifest says of models; a source whose licence is unknown makes it unknown', async () => {
  const { dataset } = parseMetrics(await readFile(join(folder, 'runs', 'prod_2025', 'metrics.json')));
  const source = (name: string, license: string): object => ({
    name,
    rows: 60,
    pairs: 2,
    license,
    attribution: '',
  });
  const manifest = {
    schema: 'vqforge-dataset-manifest-v1',
    id: 'mine',
    files: [{ path: 'mine.parquet', sha256: '0'.repeat(64), size_bytes: 1 }],
    content_digest: dataset.content_digest,
    rows: 180,
    columns: [{ name: 'vmaf', type: 'float64' }],
    sources: ['a', 'b', 'c'].map((name) => source(name, 'CC0-1.0')),
    teacher: { column: 'vmaf', model: 'made-up' },
    license_notes: '',
    tool_versions: {},
  };
  const unknown = ['a', 'b', 'c'].map((name) => source(name, name === 'b' ? 'NOASSERTION' : 'CC0-1.0'));
  const expected: [changes: object, license: string][] = [
    [{ license: 'MIT' }, 'MIT'],
    [{ sources: unknown }, 'NOASSERTION'],
  ];
  await runCommands(
    expected.map((_, i) => ['init', `licence${i}`]),
    options,
  );
  for (const [i, [changes]] of expected.entries()) {
    const datasets = join(folder, `licence${i}`, 'datasets', 'mine');
    await mkdir(datasets);
    await writeFile(join(datasets, 'manifest.json'), JSON.stringify({ ...manifest, ...changes }));
  }
  const outcomes = await runCommands(
    expected.map((_, i) => train('mine.parquet', '--id', 'm', '--workspace', `licence${i}`)),
    options,
  );
  const licences = [];
  for (const [i, outcome] of outcomes.entries()) {
    expect([outcome.code, outcome.stderr]).toEqual([0, '']);
    const bytes = await readFile(join(folder, `licence${i}`, 'model', 'tiny', 'm.json'));
    licences.push(parseSidecar(bytes).license);
  }
  expect(licences).toEqual(expected.map(([, license]) => license));
});

test('--dry-run says what would be published and replaced, and writes nothing', async () => {
  const before = await listing(folder);
  const dry = (...flags: string[]): string[] => train('mine.parquet', '--dry-run', ...flags);
  const outcomes = await runCommands(
    [
      dry('--id', 'fresh'),
      dry('--id', 'prod_2025'),
      dry('--id', 'prod_2025', '--seed', '9'),
      dry('--id', 'prod_2025', '--seed', '9', '--replace'),
      dry('--no-export'),
      dry('--id', 'prod_2025', '--seed', '9', '--json'),
      train('mine.parquet', '--id', 'prod_2025', '--seed', '9'),
    ],
    options,
  );
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0, 2]);
  const said = outcomes.map(({ stdout }) => stdout.split('\n')[1]);
  expect(said[0]).toBe('would publish fresh, which is a new id');
  expect(said[1]).toMatch(/^would publish prod_2025 again/);
  expect(said[2]).toMatch(/^would refuse to replace prod_2025.*--replace/);
  expect(said[3]).toMatch(/^would replace prod_2025/);
  expect(outcomes[3]!.stdout).toMatch(
    /^would keep what is replaced in model\/\.history\/prod_2025\/[0-9a-f]{64}$/m,
  );
  expect(said[4]).toMatch(/^would publish nothing/);
  expect(JSON.parse(outcomes[5]!.stdout)).toMatchObject({ id: 'prod_2025', isRefused: true });
  expect(errorLine(outcomes[6]!)).toMatch(/--replace/);
  expect(await listing(folder)).toStrictEqual(before);
});
