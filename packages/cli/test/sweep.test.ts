import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sweep } from '@vqforge/artifact';
import { expect, test } from 'vitest';
import { errorLine, runCommands, type Outcome } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';
import { tableColumns, writeTable } from './tables.ts';

test('sweep trains a grid, also in shares, publishes nothing, goes on where it was, and compare reads its runs', async () => {
  const folder = await temporaryFolder();
  const options = { cwd: folder, env: { npm_package_json: '', INIT_CWD: '' } };
  await writeTable(join(folder, 't.parquet'), tableColumns({ rows: 20 }));
  const sweep = ['sweep', '--parquet', 't.parquet', '--engine', 'native', '--workers', '2', '--json'];
  const grid = [...sweep, '--epochs', '1,2', '--seeds', '0-1', '--out', 'grid'];
  const [first] = (await runCommands([['init', '.'], grid], options)).slice(1) as [Outcome];
  expect([first.code, first.stderr]).toEqual([0, '']);
  const found = JSON.parse(first.stdout) as Sweep;
  expect(found).toMatchObject({ schema: 'vqforge/sweep-v1', size: 4 });
  expect(found.points.map(({ recipe, seed }) => [recipe.overrides['epochs'], seed])).toEqual([
    [1, 0],
    [1, 1],
    [2, 0],
    [2, 1],
  ]);
  const [best] = found.settings;
  const means = found.settings.map(({ mean_rmse: rmse }) => rmse.mean as number);
  expect(means).toEqual([...means].sort((a, b) => a - b));
  const ofBest = found.points.filter(
    ({ recipe }) => recipe.overrides['epochs'] === best?.recipe.overrides['epochs'],
  );
  const [a, b] = ofBest.map(({ summary }) => summary.mean_rmse as number) as [number, number];
  expect(best).toMatchObject({
    seeds: [0, 1],
    mean_rmse: { mean: (a + b) / 2, min: Math.min(a, b), max: Math.max(a, b) },
  });
  const whole = await listing(folder);
  expect(Object.keys(whole).filter((name) => name.endsWith('.onnx'))).toEqual([]);

  // one point is gone, one is damaged: those two are trained again, to the same numbers
  const [gone, damaged] = found.points.map(({ key }) => join(folder, 'grid', 'points', key, 'metrics.json'));
  await rm(gone as string);
  await writeFile(damaged as string, '{"half": ');
  const shares = await temporaryFolder();
  const share = (text: string): string[] => [...grid.slice(0, -1), shares, '--shard', text];
  const [again, compared, tooLarge, empty, words, second, last] = (await runCommands(
    [
      grid.filter((word) => word !== '--json'),
      [
        'compare',
        ...found.points.slice(0, 2).map(({ key }) => `grid/points/${key}`),
        '--out',
        'page.html',
        '--json',
      ],
      [...sweep, '--seeds', '0-9999', '--epochs', '1,2'],
      [...sweep, '--seeds', '4-2'],
      [...sweep, '--recipe', 'mine'],
      share('2/2'),
      share('1/2'),
    ],
    options,
  )) as [Outcome, Outcome, Outcome, Outcome, Outcome, Outcome, Outcome];
  expect(again.code).toBe(0);
  expect(again.stderr).toMatch(/4 points, 2 of them done before/);
  const { 'page.html': page, ...after } = await listing(folder);
  // native numbers of one machine are the same again
  expect(after).toStrictEqual(whole);
  expect(page).toBeDefined();
  expect(JSON.parse(compared.stdout)).toMatchObject({
    schema: 'vqforge/comparison-v1',
    sources: ['a', 'b', 'c'],
  });
  for (const outcome of [tooLarge, empty, words]) expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect((JSON.parse(second.stdout) as Sweep).points.map(({ seed }) => seed)).toEqual([1, 1]);
  expect((JSON.parse(last.stdout) as Sweep).points).toEqual(found.points);
  expect(await readFile(join(shares, 'sweep.json'), 'utf8')).toBe(
    await readFile(join(folder, 'grid/sweep.json'), 'utf8'),
  );
  expect(JSON.parse(errorLine(tooLarge))).toMatchObject({ error: { code: 'BAD_GRID' } });
});
