import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@vqforge/base';
import { loadFeatureTable } from '@vqforge/table';
import { beforeAll, expect, test } from 'vitest';
import { inventedModel, modelBytes } from '../../../testing/invented-teacher.ts';
import { CLIP, y4mClip } from './clips.ts';
import { errorLine, runCommands } from './command.ts';
import { temporaryFolder } from './folders.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const [name, noise] of Object.entries({ ref: 0, low: 40, high: 5 }))
    await writeFile(at(`${name}.y4m`), y4mClip(noise));
  await writeFile(at('teacher.json'), modelBytes(inventedModel()));
  await writeFile(at('pairs.csv'), `${at('ref.y4m')},${at('low.y4m')}\n${at('ref.y4m')},${at('high.y4m')}\n`);
});

test("features extract writes libvmaf's log in each form, and a table to train on; pairs are a ladder", async () => {
  const clips = ['-r', at('ref.y4m'), '-d', at('low.y4m')];
  const extract = (out: string, ...more: string[]): string[] => [
    'features',
    'extract',
    '--out',
    at(out),
    ...more,
  ];
  const teacher = ['--teacher', at('teacher.json')];
  const outcomes = await runCommands([
    extract('log.json', ...clips, ...teacher, '--psnr'),
    extract('log.csv', ...clips),
    extract('log.xml', ...clips, '--neg'),
    extract('ladder.parquet', ...clips, at('high.y4m'), ...teacher),
    extract('pairs.parquet', '--pairs', at('pairs.csv'), ...teacher),
    ['score', ...clips, '-m', `path=${at('teacher.json')}`, '--quiet'],
    [
      'features',
      'import',
      at('log.json'),
      '--out',
      at('import.parquet'),
      '--source',
      'ref',
      '--teacher-model',
      'teacher',
    ],
  ]);
  expect(outcomes.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual(
    outcomes.map(() => [0, '']),
  );
  const log = JSON.parse(await readFile(at('log.json'), 'utf8')) as {
    frames: { frameNum: number; metrics: Record<string, number> }[];
  };
  expect(log.frames).toHaveLength(CLIP.frames);
  expect(Object.keys(log.frames[0]!.metrics)).toEqual(
    expect.arrayContaining(['integer_adm2', 'integer_vif_scale3', 'integer_motion2', 'psnr_cr', 'vmaf']),
  );
  expect((await readFile(at('log.csv'), 'utf8')).split('\n')[0]).toContain('integer_adm2,');
  expect(await readFile(at('log.xml'), 'utf8')).toContain('integer_adm2_egl_1="');
  const table = await loadFeatureTable({ paths: [at('ladder.parquet')], features: 'canonical6' });
  expect(table.rows).toBe(2 * CLIP.frames);
  expect(table.source.names).toEqual(['ref']);
  // rows come in the order of clips: high before low
  const rows = Array.from(table.columns.get('adm2') as Float64Array).slice(CLIP.frames);
  expect(rows).toEqual(log.frames.map(({ metrics }) => metrics['integer_adm2']));
  expect(Array.from(table.columns.get('vmaf') as Float64Array).slice(CLIP.frames)).toEqual(
    log.frames.map(({ metrics }) => metrics['vmaf']),
  );
  expect(table.teacherModels).toEqual([expect.stringMatching(/^teacher@sha256:[0-9a-f]{64}$/)]);
  const pairs = await loadFeatureTable({ paths: [at('pairs.parquet')], features: 'canonical6' });
  expect(pairs.contentDigest).toBe(table.contentDigest);
  // the same bytes whatever asked for them
  expect(sha256(await readFile(at('pairs.parquet')))).toBe(sha256(await readFile(at('ladder.parquet'))));
  const scores = JSON.parse(outcomes[5]!.stdout) as typeof log;
  const nine = (value: number): number => Number(value.toPrecision(9));
  expect(scores.frames.map(({ metrics }) => metrics['vmaf'])).toEqual(
    log.frames.map(({ metrics }) => nine(metrics['vmaf']!)),
  );
});

test('what cannot be extracted is one line and exit 2, and leaves nothing', async () => {
  const clips = ['-r', at('ref.y4m'), '-d', at('low.y4m')];
  const wrong: [string[], RegExp][] = [
    [[...clips, '--out', at('x.txt')], /must end in \.parquet/],
    [[...clips, at('high.y4m'), '--out', at('x.json')], /a log, which is of one pair/],
    [['--out', at('x.parquet')], /expected --reference and --distorted, or --pairs/],
    [[...clips, '--pairs', at('pairs.csv'), '--out', at('x.parquet')], /--pairs names the clips/],
    [[...clips, '--out', at('ref.y4m')], /must end in/],
    [[...clips, '--teacher', at('pairs.csv'), '--out', at('x.parquet')], /pairs\.csv/],
  ];
  const outcomes = await runCommands(wrong.map(([args]) => ['features', 'extract', ...args]));
  for (const [i, [args, says]] of wrong.entries()) {
    expect({ args, code: outcomes[i]!.code }).toEqual({ args, code: 2 });
    expect(errorLine(outcomes[i]!)).toMatch(says);
  }
});

test('clips of no frame, one or two, one that is cut, and sides at the limit', async () => {
  const clip = (side: number, frames: number): Buffer =>
    Buffer.concat([
      Buffer.from(`YUV4MPEG2 W${side} H${side} F25:1 Cmono\n`),
      ...Array.from({ length: frames }, (_, frame) => [
        Buffer.from('FRAME\n'),
        Buffer.alloc(side * side, 40 + frame),
      ]).flat(),
    ]);
  const clips = { none: clip(33, 0), one: clip(33, 1), two: clip(33, 2), small: clip(32, 2) };
  for (const [name, bytes] of Object.entries({ ...clips, cut: clips.two.subarray(0, -1) }))
    await writeFile(at(`${name}.y4m`), bytes);
  const outcomes = await runCommands(
    ['none', 'one', 'two', 'cut', 'small'].map((name) => {
      const reference = at(`${name === 'cut' ? 'two' : name}.y4m`);
      return ['features', 'extract', '-r', reference, '-d', at(`${name}.y4m`), '--out', at(`${name}.json`)];
    }),
  );
  expect(outcomes.map(({ code }) => code)).toEqual([2, 0, 0, 2, 2]);
  expect(errorLine(outcomes[0]!)).toContain('holds no frame');
  expect(errorLine(outcomes[4]!)).toContain('sides of 33 or more');
  const framesOf = async (name: string): Promise<number> =>
    (JSON.parse(await readFile(at(`${name}.json`), 'utf8')) as { frames: unknown[] }).frames.length;
  expect(await Promise.all(['one', 'two', 'cut'].map(framesOf))).toEqual([1, 2, 1]);
});
