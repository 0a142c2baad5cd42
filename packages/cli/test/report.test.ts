import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { errorLine, runCommands } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';

/** The committed evidence of the pinned model. */
const RUN = fileURLToPath(new URL('../../../runs/fr_regressor_v1', import.meta.url));

test('report writes the page of a run, says where, and gives the same bytes again', async () => {
  const folder = await temporaryFolder();
  const run = join(folder, 'rün');
  await mkdir(run);
  for (const name of ['metrics.json', 'predictions.parquet']) await cp(join(RUN, name), join(run, name));
  const page = join(folder, 'page.html');
  const [beside, byName] = await runCommands([
    ['report', run],
    ['report', 'fr_regressor_v1', '--out', page, '--json'],
  ]);
  expect(beside).toMatchObject({ code: 0, stderr: '' });
  const [path, digest] = beside!.stdout.trim().split('  sha256 ');
  expect(path).toBe(join(run, 'report.html'));
  expect((await listing(run))['report.html']).toBe(digest);
  const written = JSON.parse(byName!.stdout) as object;
  expect(written).toStrictEqual({ path: page, sha256: (await listing(folder))['page.html'] });
  // the same run under its own name
  const text = await readFile(page, 'utf8');
  expect((await readFile(path!, 'utf8')).replaceAll('rün', 'fr_regressor_v1')).toBe(text);
  expect(text).toContain('gate passed · shipped');
});

test('report of an evaluation shows the triplets of its dataset, and refuses another one', async () => {
  const folder = await temporaryFolder();
  const [mini, other, scores] = ['mini', 'other', 'l2.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const draw = (out: string, seed: string): string[] => [
    'bapps',
    'mini',
    '--out',
    out,
    '--count',
    '4',
    '--seed',
    seed,
  ];
  const outcomes = await runCommands([
    draw(mini, '0'),
    draw(other, '1'),
    ['evaluate', '--dataset', mini, '--model', 'l2', '--output', scores, '--quiet'],
    ['report', scores, '--dataset', mini],
    ['report', scores, '--dataset', other, '--json'],
  ]);
  expect(outcomes.map(({ code }) => code)).toStrictEqual([0, 0, 0, 0, 2]);
  expect(await readFile(join(folder, 'l2.report.html'), 'utf8')).toMatch(
    /alt="p0"[^]*alt="reference"[^]*alt="p1"/,
  );
  const page = await readFile(join(folder, 'l2.report.html'), 'utf8');
  expect(page).toContain('judgements by a stated rule, not by people');
  expect(page).not.toMatch(/people&#39;s judgements|people's judgements|of people/);
  expect(JSON.parse(outcomes[4]!.stderr)).toMatchObject({ error: { code: 'WRONG_DATASET' } });
});

test('what cannot be read or written is exit 2 and one line', async () => {
  const folder = await temporaryFolder();
  const run = join(folder, 'run');
  await mkdir(run);
  await cp(join(RUN, 'metrics.json'), join(run, 'metrics.json'));
  const commands = [
    ['report', 'no-such-run'],
    ['report', run, '--out', join(folder, 'no', 'page.html')],
    ['report', run, '--out', run],
    ['report', fileURLToPath(new URL('../package.json', import.meta.url))],
    ['report'],
  ];
  for (const outcome of await runCommands(commands)) {
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorLine(outcome)).toMatch(/^vqforge: /);
  }
  await rm(join(run, 'metrics.json'));
  expect(await listing(run)).toStrictEqual({});
});
