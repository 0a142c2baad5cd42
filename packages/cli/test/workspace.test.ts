import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorLine, runCommand, runCommands } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { tableColumns, writeTable } from './tables.ts';

/** A user outside of every npm script. */
const OUTSIDE = { env: { npm_package_json: '', INIT_CWD: '' } };
const QUICK = ['--epochs', '1', '--ship-threshold', '-1', '--engine', 'native', '--workers', '1', '--quiet'];

test('init makes a workspace; commands in folders below it read and write there, and print paths that work there', async () => {
  const folder = await temporaryFolder();
  const table = await writeTable(join(folder, 't.parquet'), tableColumns());
  const [made] = await runCommands([['init', 'mine']], { ...OUTSIDE, cwd: folder });
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const workspace = join(folder, 'mine');
  const files = Object.keys(await listing(workspace)).filter((name) => /\.\w+$/.test(name));
  expect(files).toEqual(['model/tiny/registry.json', 'vqforge.json']);
  const again = await runCommands([['init', 'mine']], { ...OUTSIDE, cwd: folder });
  expect(again[0]).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/is a workspace already/) as string,
  });

  const below = join(workspace, 'datasets', 'deep');
  await mkdir(below);
  const [trained, listed, verified, audited, page] = await runCommands(
    [
      ['train', '--parquet', '../../../t.parquet', ...QUICK],
      ['registry', 'list'],
      ['registry', 'verify'],
      ['audit', '--json'],
      ['report', 'fr_regressor_v1'],
    ],
    { ...OUTSIDE, cwd: below },
  );
  expect(trained).toMatchObject({ code: 0, stderr: '' });
  const paths = [...trained!.stdout.matchAll(/^(\S+)\s+sha256 ([0-9a-f]{64})$/gm)];
  expect(paths.map(([, path]) => path)).toEqual([
    '../../model/tiny/fr_regressor_v1.onnx',
    '../../model/tiny/fr_regressor_v1.json',
    '../../model/tiny/fr_regressor_v1.md',
    '../../model/tiny/registry.json',
    ...['environment.json', 'checkpoint.json', 'predictions.parquet', 'metrics.json'].map(
      (name) => `../../runs/fr_regressor_v1/${name}`,
    ),
  ]);
  const digests = await listing(workspace);
  for (const [, path, digest] of paths) expect(digests[path!.slice('../../'.length)]).toBe(digest);
  expect(listed!.stdout).toMatch(/^fr_regressor_v1 /);
  expect(verified).toMatchObject({ code: 0, stdout: 'ok       fr_regressor_v1\n' });
  expect(JSON.parse(audited!.stdout)).toMatchObject({ verified: ['fr_regressor_v1'] });
  expect(page!.stdout).toMatch(/^\.\.\/\.\.\/runs\/fr_regressor_v1\/report\.html /);
  expect(table).toBe(join(folder, 't.parquet'));
});

test('--workspace and VQFORGE_WORKSPACE name one; the flag wins', async () => {
  const folder = await temporaryFolder();
  await runCommands(
    [
      ['init', 'a'],
      ['init', 'b'],
    ],
    { ...OUTSIDE, cwd: folder },
  );
  const models = [{ id: 'of_a', kind: 'fr', onnx: 'a.onnx', sha256: '0'.repeat(64) }];
  await writeFile(
    join(folder, 'a', 'model', 'tiny', 'registry.json'),
    JSON.stringify({ schema_version: 1, models }),
  );
  const environment = { ...OUTSIDE.env, VQFORGE_WORKSPACE: join(folder, 'b') };
  const [byFlag, byEquals, byEnvironment, absent] = await runCommands(
    [
      ['registry', 'list', '--workspace', 'a'],
      ['registry', 'list', '--workspace=a'],
      ['registry', 'list'],
      ['registry', 'list', '--workspace', 'c'],
    ],
    { env: environment, cwd: folder },
  );
  for (const outcome of [byFlag, byEquals])
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringMatching(/^of_a /) as string });
  expect(byEnvironment).toMatchObject({ code: 0, stdout: '' });
  expect(absent!.code).toBe(2);
  expect(errorLine(absent!)).toMatch(/workspace .*c is no folder; make it with vqforge init/);
});

test('without a workspace the shipped registry is read, what names all of its outputs works, the rest names init', async () => {
  const folder = await temporaryFolder();
  await writeTable(join(folder, 't.parquet'), tableColumns());
  await mkdir(join(folder, 'out'));
  const train = ['train', '--parquet', 't.parquet', ...QUICK];
  const [listed, ...outcomes] = await runCommands(
    [
      ['registry', 'list'],
      [...train, '--out-onnx', 'out/m.onnx', '--metrics-out', 'out/metrics.json'],
      [...train, '--no-export', '--metrics-out', 'out/other.json'],
    ],
    { ...OUTSIDE, cwd: folder },
  );
  expect(listed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^fr_regressor_v1 /) as string });
  for (const outcome of outcomes) expect(outcome).toMatchObject({ code: 0 });
  const before = await listing(folder);
  const refused = await runCommands(
    [
      train,
      ['train'],
      [...train, '--out-onnx', 'out/m.onnx'],
      [...train, '--no-export'],
      ['export', 'fr-regressor'],
      ['export', 'lpips'],
      ['audit'],
      ['registry', 'import', 'x', '--from', 'out'],
      ['regenerate'],
    ],
    { ...OUTSIDE, cwd: folder },
  );
  for (const outcome of refused) {
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(/none here.*--workspace.*vqforge init/);
  }
  expect(await listing(folder)).toStrictEqual(before);
});

test('under npm run, paths are relative to where the user stands', async () => {
  const folder = await temporaryFolder();
  const package_ = join(folder, 'package');
  await mkdir(join(package_, 'sub'), { recursive: true });
  await runCommand(['init', package_], { ...OUTSIDE, cwd: folder });
  await writeTable(join(package_, 'sub', 't.parquet'), tableColumns());
  const outcome = await runCommand(['train', '--parquet', 't.parquet', ...QUICK], {
    cwd: package_,
    env: { npm_package_json: join(package_, 'package.json'), INIT_CWD: join(package_, 'sub') },
  });
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  expect(outcome.stdout).toContain('\n../model/tiny/fr_regressor_v1.onnx ');
  // from outside of the package: its workspace all the same
  const listed = await runCommand(['registry', 'list'], {
    cwd: package_,
    env: { npm_package_json: join(package_, 'package.json'), INIT_CWD: folder },
  });
  expect(listed.stdout).toMatch(/^fr_regressor_v1 /);
});

test('a workspace states defaults of flags, which the command line overrides; nonsense is said by name', async () => {
  const folder = await temporaryFolder();
  await runCommands([['init', '.']], { ...OUTSIDE, cwd: folder });
  await writeTable(join(folder, 't.parquet'), tableColumns());
  const state = async (defaults: object): Promise<void> => {
    const path = join(folder, 'vqforge.json');
    const document = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...document, defaults }));
  };
  await state({
    train: { parquet: ['t.parquet'], epochs: 2, seed: 3, recipe: 'reference', 'no-export': true },
  });
  const flags = ['--engine', 'native', '--quiet', '--json', '--ship-threshold', '-1'];
  const options = { ...OUTSIDE, cwd: folder };
  const [stated, overridden, help] = await runCommands(
    [
      ['train', ...flags],
      ['train', ...flags, '--seed', '4', '--recipe', 'standard'],
      ['train', '--help'],
    ],
    options,
  );
  expect(JSON.parse(stated!.stdout)).toMatchObject({
    metrics: { seed: 3, epochs: 2, shipped: false, recipe: { name: 'reference' } },
  });
  expect(JSON.parse(overridden!.stdout)).toMatchObject({
    metrics: { seed: 4, recipe: { name: 'standard' } },
  });
  expect(help!.stdout).toMatch(/--seed <n> .*\(default: 3\)/);
  const bad: [object, RegExp][] = [
    [{ trian: {} }, /defaults\.trian is no command/],
    [{ train: { sed: 1 } }, /defaults\.train\.sed is no flag/],
    [{ train: { seed: -1 } }, /defaults\.train\.seed is refused: expected an integer/],
    [{ train: { recipe: 'mine' } }, /defaults\.train\.recipe is refused/],
    [{ train: { parquet: 'one' } }, /defaults\.train\.parquet must be a list/],
    [{ train: { 'drop-invalid': 'yes' } }, /defaults\.train\.drop-invalid can only be true/],
    [{ score: { 'vmaf-bin': './evil' } }, /defaults\.score\.vmaf-bin is left to the command line/],
    [{ score: { 'allow-unregistered': true } }, /left to the command line/],
  ];
  for (const [defaults, says] of bad) {
    await state(defaults);
    const [outcome] = await runCommands([['registry', 'list']], options);
    expect({ defaults, ...outcome }).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome!)).toMatch(says);
  }
  const [helped] = await runCommands([['train', '--help']], options);
  expect(helped!.code).toBe(0);
});

test('an installed command writes nothing below node_modules', async () => {
  const folder = await temporaryFolder();
  const installed = join(folder, 'node_modules', 'p');
  const made = join(folder, 'made');
  for (const path of [installed, made]) await mkdir(path, { recursive: true });
  await writeTable(join(folder, 't.parquet'), tableColumns());
  await cp(join(folder, 't.parquet'), join(installed, 't.parquet'));
  await runCommands([
    ['registry', 'keygen', '--out', join(folder, 'signer')],
    ['train', '--parquet', join(folder, 't.parquet'), ...QUICK, '--out-onnx', join(made, 'm.onnx')].concat(
      '--metrics-out',
      join(made, 'metrics.json'),
    ),
  ]);
  await cp(made, join(installed, 'model'), { recursive: true });
  await symlink(installed, join(folder, 'link'));
  const before = await listing(folder);
  const outcomes = await runCommands(
    [
      ['init', '.'],
      ['train', '--parquet', 't.parquet', ...QUICK, '--out-onnx', 'm.onnx', '--metrics-out', 'metrics.json'],
      ['train', '--parquet', 't.parquet', ...QUICK, '--no-export', '--metrics-out', 'metrics.json'],
      ['registry', 'list', '--workspace', '.'],
      ...[
        ['remove', 'm'],
        ['rollback', 'm'],
        ['prune', 'm', '--keep', '0'],
        ['sign', 'm', '--key', '../../signer'],
      ].map((args) => ['registry', ...args, '--registry', 'model']),
      ['registry', 'import', 'm', '--from', '../../made', '--registry', '.'],
      ['registry', 'keygen', '--out', 'key'],
      ['bapps', 'mini', '--out', 'mini', '--count', '1'],
      ['weights', 'pull', '--cache', 'weights', '--offline'],
      ['dataset', 'describe', 't.parquet'],
      ['sweep', '--parquet', 't.parquet', '--epochs', '1', '--out', 'sweep', '--quiet'],
      // through a link from elsewhere
      ['registry', 'remove', 'm', '--registry', '../../link/model'],
    ],
    { ...OUTSIDE, cwd: installed },
  );
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(/lies below node_modules/);
  }
  expect(await listing(folder)).toStrictEqual(before);
});

test('evidence of a published model is replaced by that model’s next training alone; folders may have other names', async () => {
  const folder = await temporaryFolder();
  await writeTable(join(folder, 't.parquet'), tableColumns({ rows: 20 }));
  await writeFile(
    join(folder, 'vqforge.json'),
    JSON.stringify({ schema: 'vqforge/workspace-v1', folders: { model: 'pinned', runs: 'evidence' } }),
  );
  for (const name of ['pinned', 'evidence', 'other']) await mkdir(join(folder, name));
  const options = { ...OUTSIDE, cwd: folder };
  const train = ['train', '--parquet', 't.parquet', ...QUICK];
  const [first] = await runCommands([[...train, '--id', 'mine']], options);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  const metrics = 'evidence/mine/metrics.json';
  const before = await listing(folder);
  const refused = await runCommands(
    [
      [...train, '--no-export', '--metrics-out', metrics],
      [...train, '--out-onnx', 'other/x.onnx', '--metrics-out', metrics],
      [...train, '--id', 'x', '--metrics-out', metrics],
      ['score', '--features-from', 't.parquet', '-o', 'vqforge.json'],
    ],
    options,
  );
  for (const outcome of refused) expect(outcome).toMatchObject({ code: 2, stdout: '' });
  for (const outcome of refused.slice(0, 3))
    expect(errorLine(outcome)).toMatch(/--metrics-out: .* is evidence of the run in/);
  expect(errorLine(refused[3]!)).toMatch(/is what makes its folder a workspace/);
  expect(await listing(folder)).toStrictEqual(before);

  const [replaced, history, back] = await runCommands(
    [
      [...train, '--id', 'mine', '--seed', '1', '--replace', '--metrics-out', metrics],
      ['registry', 'history', 'mine', '--json'],
      ['registry', 'rollback', 'mine', '--registry', 'pinned/registry.json'],
    ],
    options,
  );
  expect(replaced).toMatchObject({ code: 0 });
  expect(JSON.parse(history!.stdout)).toMatchObject([{ has_evidence: true }]);
  expect(back).toMatchObject({ code: 0 });
  const after = await listing(folder);
  for (const [name, digest] of Object.entries(before)) expect([name, after[name]]).toEqual([name, digest]);
});
