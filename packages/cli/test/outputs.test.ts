import { link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { y4mClip } from './clips.ts';
import { errorLine, runCommands } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { tableColumns, writeTable } from './tables.ts';

test('no output replaces an input, a registry, a pinned file or evidence, by no command, and says so in one line', async () => {
  const folder = await temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const ref = at('ref.y4m');
  const log = at('a_1.json');
  await writeFile(ref, y4mClip(0));
  await writeFile(at('dist.y4m'), y4mClip(5));
  await writeFile(log, '{"frames": []}');
  await symlink(log, at('link.json'));
  await link(ref, at('hard.y4m'));
  for (const name of ['model', 'run', 'mini']) await mkdir(at(name));
  const registry = at('model/registry.json');
  const models = [{ id: 'm', kind: 'fr', onnx: 'm.onnx', sha256: '0'.repeat(64) }];
  await writeFile(registry, JSON.stringify({ schema_version: 1, models }));
  await writeFile(at('model/m.json'), '{}');
  await writeFile(at('mini/bapps.json'), '{}');
  await writeFile(at('run/metrics.json'), '{}');
  await writeFile(at('run/checkpoint.json'), '{}');
  const table = await writeTable(at('predictions.parquet'), tableColumns({ rows: 4 }));
  const clips = ['score', '-r', ref, '-d', at('dist.y4m'), '-o'];
  const logs = ['score', '--tiny-model', 'fr_regressor_v1', '--features-from', log, '-o'];
  const train = ['train', '--parquet', table, '--no-export', '--epochs', '1', '--quiet', '--metrics-out'];
  const refused: [args: string[], says: RegExp][] = [
    [[...clips, ref], /--output: .*ref\.y4m is an input/],
    [[...clips, at('dist.y4m')], /is an input/],
    [[...clips, at('hard.y4m'), '--force'], /is an input/],
    [[...logs, log], /is an input/],
    [[...logs, at('link.json')], /is an input/],
    [[...clips, registry], /is a registry/],
    [[...clips, at('model/m.json'), '--force'], /is pinned by/],
    [[...clips, at('run/metrics.json')], /is evidence of the run/],
    [[...clips, at('run/checkpoint.json')], /is evidence of the run/],
    [['score', '-r', at('other.y4m'), '-d', at('dist.y4m'), '-o', ref], /is not JSON.*--force/],
    [[...clips, log, '--csv'], /is not CSV.*--force/],
    [['report', at('run'), '--out', at('run/metrics.json')], /is an input/],
    [['report', at('run'), '--out', registry], /is a registry/],
    [['report', at('run'), '--out', log], /is not an HTML page/],
    [['evaluate', '--dataset', at('mini'), '--model', 'l2', '-o', at('mini/bapps.json')], /is an input/],
    [['evaluate', '--dataset', at('mini'), '--model', 'l2', '-o', registry], /is a registry/],
    [['features', 'import', log, '--out', log], /is an input/],
    [['features', 'import', log, '--out', at('link.json')], /is an input/],
    [['features', 'import', log, '--out', ref], /is not a parquet table/],
    // the predictions of the run would be the table that it reads
    [[...train, at('metrics.json')], /--metrics-out: .*predictions\.parquet is an input/],
    [[...train, registry], /is a registry/],
    [[...train, at('model/m.json')], /is pinned by/],
  ];
  const before = await listing(folder);
  const outcomes = await runCommands(refused.map(([args]) => args));
  for (const [i, [args, says]] of refused.entries()) {
    expect({ args, ...outcomes[i] }).toMatchObject({ args, code: 2, stdout: '' });
    expect(errorLine(outcomes[i]!)).toMatch(says);
  }
  expect(await listing(folder)).toStrictEqual(before);
});
