import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { errorLine, runCommands, type Outcome, trainLine } from './command.ts';
import { temporaryFolder } from './folders.ts';

const METRICS = ['adm2', 'vif_scale0', 'vif_scale1', 'vif_scale2', 'vif_scale3', 'motion2', 'vmaf'];
const FRAMES = 12;

/** A log of a clip whose quality falls from frame to frame, from `best`. */
function jsonLog(best: number): string {
  const frames = Array.from({ length: FRAMES }, (_, row) => {
    const quality = best - row / 100;
    const metrics = METRICS.map((name, i) => [
      name === 'vmaf' ? name : `integer_${name}`,
      name === 'vmaf' ? 100 * quality : quality * (1 + i / 10) + (row % 3) / 50,
    ]);
    return { frameNum: row, metrics: Object.fromEntries(metrics) as Record<string, number> };
  });
  return JSON.stringify({ version: '3.0.0', fps: 100, frames });
}

function csvLog(best: number): string {
  const { frames } = JSON.parse(jsonLog(best)) as { frames: { metrics: Record<string, number> }[] };
  const lines = frames.map(({ metrics }, row) => `${row},${Object.values(metrics).join()},`);
  return `Frame,${Object.keys(frames[0]!.metrics).join()},\n${lines.join('\n')}\n`;
}

let folder: string;
let log: (name: string) => string;
beforeAll(async () => {
  folder = await temporaryFolder();
  log = (name) => join(folder, name);
  await writeFile(log('park_crf20.json'), jsonLog(0.9));
  await writeFile(log('park_crf30.json'), jsonLog(0.7));
  await writeFile(log('town_crf20.csv'), csvLog(0.8));
  await writeFile(log('nameless.json'), jsonLog(0.8));
  await writeFile(log('half_1.json'), jsonLog(0.8).slice(0, -20));
  await writeFile(log('few_1.csv'), 'Frame,integer_adm2,vmfa,\n0,1,90,\n');
});

const threeLogs = (): string[] => ['park_crf20.json', 'town_crf20.csv', 'park_crf30.json'].map(log);

test('logs become a table, and the table trains', async () => {
  const out = log('table.parquet');
  const train = trainLine(out, 1, '--workers', '1', '--no-export');
  const [text, json, trained] = (await runCommands([
    ['features', 'import', ...threeLogs(), '--out', out, '--teacher-model', 'vmaf_v0.6.1'],
    ['features', 'import', ...threeLogs(), '--out', out, '--teacher-model', 'vmaf_v0.6.1', '--json'],
    [...train, '--metrics-out', log('metrics.json')],
  ])) as [Outcome, Outcome, Outcome];
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toContain(`${out}: 36 rows, 3 pairs, 2 sources\n  park  24 rows\n  town  12 rows\n`);
  expect(json.code).toBe(0);
  const result = JSON.parse(json.stdout) as { content_sha256: string };
  expect(result).toMatchObject({
    rows: 36,
    pairs: 3,
    sources: [
      { name: 'park', rows: 24 },
      { name: 'town', rows: 12 },
    ],
    teacher: 'vmaf',
    teacher_models: ['vmaf_v0.6.1'],
    columns: METRICS.slice(0, -1),
    left_out: [],
  });
  expect(text.stdout).toContain(`content sha256 ${result.content_sha256}`);
  expect([trained.code, trained.stderr]).toEqual([
    0,
    expect.stringMatching(/36 rows, 2 sources, 3 pairs, teacher vmaf \(vmaf_v0.6.1\)/),
  ]);
  const metrics = await readFile(log('metrics.json'), 'utf8');
  expect(metrics).toContain(result.content_sha256);
});

test('sources by name, by pattern, and for all', async () => {
  const flags = [
    ['--source', 'x', '--source', 'y', '--source', 'z'],
    ['--source', 'all of it'],
    ['--source-pattern', '_(crf[0-9]+)'],
    ['--distorted', 'a', '--distorted', 'b', '--distorted', 'c'],
  ];
  const command = ['features', 'import', ...threeLogs(), '--out', log('named.parquet'), '--json'];
  const outcomes = await runCommands(flags.map((named) => [...command, ...named]));
  const sources = outcomes.map(({ stdout }) =>
    (JSON.parse(stdout) as { sources: { name: string }[] }).sources.map(({ name }) => name),
  );
  expect(sources).toEqual([['x', 'y', 'z'], ['all of it'], ['crf20', 'crf30'], ['park', 'town']]);
});

test('one source is said before training refuses it', async () => {
  const [imported, quiet] = (await runCommands([
    ['features', 'import', log('park_crf20.json'), '--out', log('one.parquet')],
    ['features', 'import', log('park_crf20.json'), '--out', log('one.parquet'), '--quiet'],
  ])) as [Outcome, Outcome];
  expect([quiet.code, quiet.stderr]).toEqual([0, '']);
  expect(imported.code).toBe(0);
  expect(imported.stderr).toMatch(
    /^warning: one source: train .* needs at least two\n.*--teacher-model.*\n$/,
  );
  expect(imported.stdout).toContain('12 rows, 1 pair, 1 source\n');
});

test('what is wrong is one line and exit code 2, and no table', async () => {
  const out = log('none.parquet');
  const cases: Readonly<Record<string, readonly [args: string[], says: RegExp]>> = {
    'no log': [[], /missing required argument/],
    'no file': [[log('no_such.json')], /no_such.json does not exist/],
    'half a log': [[log('half_1.json')], /half_1.json is not whole JSON: it is cut short/],
    'a log of other things': [[log('few_1.csv')], /no vmaf \(it has vmfa\), no vif_scale0/],
    'a name without a source': [[log('nameless.json')], /nameless.json does not tell its source; .*--source/],
    'a pair twice': [[log('park_crf20.json'), log('park_crf20.json')], /both park_crf20 of park/],
    'a source too few': [[...threeLogs(), '--source', 'a', '--source', 'b'], /2 --source for 3 logs/],
    'a clip too few': [[...threeLogs(), '--distorted', 'a'], /1 --distorted for 3 logs/],
    'a source without a name': [[...threeLogs(), '--source', ''], /no name/],
    'sources named twice': [
      [...threeLogs(), '--source', 'a', '--source-pattern', '(.)'],
      /expected one of them/,
    ],
    'a pattern that is none': [[...threeLogs(), '--source-pattern', '('], /--source-pattern: /],
    'a teacher that is a feature': [[...threeLogs(), '--teacher', 'adm2'], /cannot be a feature/],
    'a teacher that is not there': [[...threeLogs(), '--teacher', 'vmaf_neg'], /no vmaf_neg/],
  };
  const outcomes = await runCommands(
    Object.values(cases).map(([args]) => ['features', 'import', '--out', out, ...args]),
  );
  for (const [i, [what, [, says]]] of Object.entries(cases).entries()) {
    const outcome = outcomes[i]!;
    expect([what, outcome.code, outcome.stdout]).toEqual([what, 2, '']);
    expect([what, errorLine(outcome)]).toEqual([what, expect.stringMatching(says)]);
  }
  const [missing, itself] = (await runCommands([
    ['features', 'import', ...threeLogs(), '--out', log('no/table.parquet')],
    ['features', 'import', ...threeLogs(), '--out', log('park_crf20.json'), '--json'],
  ])) as [Outcome, Outcome];
  expect([missing.code, errorLine(missing)]).toEqual([
    2,
    expect.stringMatching(/folder .*no does not exist; make it first/),
  ]);
  expect(JSON.parse(itself.stderr)).toMatchObject({ error: { code: 'BAD_OUTPUT', exit_code: 2 } });
  await expect(access(out)).rejects.toThrow('ENOENT');
});

test('a log given to train is told what to do', async () => {
  const [outcome] = (await runCommands([['train', '--parquet', log('park_crf20.json')]])) as [Outcome];
  expect([outcome.code, errorLine(outcome)]).toEqual([2, expect.stringMatching(/vqforge features import/)]);
});
