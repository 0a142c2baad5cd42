import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { classicMetric, evaluate, verifyBapps, writeMiniBapps } from '@vqforge/bapps';
import { MINI_SETS, miniItems } from '../src/mini.ts';
import { filesBelow, temporaryRoot } from '../../../testing/workspace.ts';

let folder: string;

beforeAll(async () => {
  folder = join(await temporaryRoot(), 'mini');
  await writeMiniBapps({ out: folder, count: 3, seed: 0 });
});

test('has every set of BAPPS, and a manifest that holds', async () => {
  const { sets, damaged, absent, origin } = await verifyBapps(folder);
  expect({ damaged, absent }).toEqual({ damaged: [], absent: [] });
  expect(origin).toMatch(/seed 0: drawn pictures; .* judge = /);
  const found = sets.map(({ mode, set, count, outcome }) => `${mode}/${set} ${count} ${outcome}`);
  const expected = (['2afc', 'jnd'] as const).flatMap((mode) =>
    Object.keys(MINI_SETS[mode])
      .sort()
      .map((set) => `${mode}/${set} ${set.startsWith('train/') ? 6 : 3} same`),
  );
  expect(found).toEqual(expected);
});

test('is the same on every machine', async () => {
  const { sets } = JSON.parse(await readFile(join(folder, 'bapps.json'), 'utf8')) as {
    sets: { mode: string; set: string; sha256: string }[];
  };
  const digest = sets.find(({ mode, set }) => mode === '2afc' && set === 'train/mix')?.sha256;
  // as drawn on x64 with Node 20 when this was written
  expect(digest).toBe('a8cecf7e4b5857b8512cfe818e3f95d4905d0806d8bd2d0720aaeca4c90ec25c');
});

test('another seed draws other pictures; more of a set go on where fewer ended', () => {
  const first = (count: number, seed: number): string => {
    const items = [...miniItems('jnd', 'val/cnn', count, seed)];
    return Buffer.from(items[0]?.pictures['p1'] as Uint8Array).toString('hex');
  };
  expect(first(1, 0)).toBe(first(3, 0));
  expect(first(1, 0)).not.toBe(first(1, 1));
});

test('judgements are fractions of as many people as BAPPS has asked', () => {
  for (const [set, people] of [
    ['val/traditional', 5],
    ['train/traditional', 2],
  ] as const) {
    for (const { judgement } of miniItems('2afc', set, 50, 3)) {
      expect(judgement * people).toBeCloseTo(Math.round(judgement * people), 9);
      expect(judgement).toBeGreaterThanOrEqual(0);
      expect(judgement).toBeLessThanOrEqual(1);
    }
  }
});

test('can be evaluated', async () => {
  const metric = classicMetric({ name: 'l2', colorspace: 'RGB', bugCompatible: false });
  const options = { dataset: folder, metric, batchSize: 1, bootstrap: { resamples: 50, seed: 0 } };
  expect((await evaluate({ ...options, mode: '2afc' })).means.at(-1)?.score).toBeGreaterThan(0.4);
  expect((await evaluate({ ...options, mode: 'jnd' })).means.at(-1)?.score).toBeGreaterThan(0);
});

test('is not written over a dataset', async () => {
  const before = await filesBelow(folder);
  await expect(writeMiniBapps({ out: folder, count: 1, seed: 1 })).rejects.toMatchObject({
    code: 'BAD_OUTPUT',
  });
  expect(await filesBelow(folder)).toEqual(before);
});

test('a changed file, a lost one, and a lost set are found', async () => {
  const changed = join(folder, '2afc/val/cnn/judge/000000.npy');
  const [judge, damaged] = [
    await readFile(changed),
    await readFile(join(folder, '2afc/val/cnn/p0/000001.png')),
  ];
  await writeFile(changed, judge.fill(0, 128));
  await writeFile(join(folder, '2afc/val/cnn/p0/000001.png'), damaged.subarray(0, 5000));
  await rm(join(folder, '2afc/val/color/p1/000002.png'));
  await rm(join(folder, 'jnd/val/cnn'), { recursive: true });
  const report = await verifyBapps(folder);
  expect(report.absent).toEqual(['jnd/val/cnn']);
  expect(report.damaged).toMatchObject([
    { set: 'val/color', id: '000002', reason: 'p1 is missing' },
    { set: 'val/cnn', id: '000001', reason: expect.stringContaining('p0 is a damaged PNG') as string },
  ]);
  const different = report.sets.filter(({ outcome }) => outcome === 'different').map(({ set }) => set);
  expect(different).toEqual(['val/cnn', 'val/color']);
});

test('a folder without sets, and a manifest that is none, are refused', async () => {
  const empty = await temporaryRoot();
  await expect(verifyBapps(empty)).rejects.toMatchObject({ code: 'NOT_BAPPS' });
  await writeFile(join(empty, 'bapps.json'), '{"schema": "vqforge-bapps-v1", "origin": "x", "sets": [null]}');
  await expect(verifyBapps(empty)).rejects.toMatchObject({ code: 'STALE_MANIFEST' });
  // a whole manifest, as earlier versions wrote it
  await writeFile(join(empty, 'bapps.json'), '{"schema": "vqforge-bapps-v1", "origin": "x", "sets": []}');
  await expect(verifyBapps(empty)).rejects.toMatchObject({ code: 'NOT_BAPPS' });
});
