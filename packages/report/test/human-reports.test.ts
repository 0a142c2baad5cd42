import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvaluationDocument } from '@vqforge/artifact';
import { writeReport } from '@vqforge/report';
import { beforeAll, expect, test } from 'vitest';
import { temporaryRoot } from '../../../testing/workspace.ts';
import { headsMetrics, writeDataset, writeEvaluation, writeJson } from './human-runs.ts';

const HOSTILE = `"><script>alert('x')</script>`;

let root: string;
let dataset: string;
let evaluation: EvaluationDocument;
let choice: string;

beforeAll(async () => {
  root = await temporaryRoot();
  dataset = await writeDataset(join(root, 'mini'));
  choice = join(root, 'l2.json');
  evaluation = await writeEvaluation(dataset, '2afc', choice);
});

async function page(run: string, dataset?: string): Promise<string> {
  const { path } = await writeReport({ run, root, ...(dataset === undefined ? {} : { dataset }) });
  return readFile(path, 'utf8');
}

test('an evaluation is reported beside its file: scores, intervals, people', async () => {
  const { path } = await writeReport({ run: choice, root });
  expect(path).toBe(join(root, 'l2.report.html'));
  const text = await page(choice);
  for (const { set, score, interval, human } of evaluation.sets) {
    const cells = [100 * score!, 100 * human!].map((value) => `<td>${value.toFixed(2)}</td>`);
    expect(text).toContain(`>${set}</th>`);
    for (const cell of cells) expect(text).toContain(cell);
    expect(text).toContain(`${(100 * interval!.low).toFixed(2)} to ${(100 * interval!.high).toFixed(2)}`);
  }
  expect(text).not.toMatch(/<img|NaN|Infinity/);
});

test('with the dataset, the triplets are shown as the metric saw them, and the same bytes again', async () => {
  const text = await page(choice, dataset);
  const shown = evaluation.sets.reduce((sum, set) => sum + set.disagreements!.length, 0);
  expect(shown).toBeGreaterThan(0);
  expect(
    text.match(/<img src="data:image\/png;base64,[A-Za-z0-9+/=]+" width="64" height="64" alt="/g),
  ).toHaveLength(3 * Math.min(12, shown));
  expect(await page(choice, dataset)).toBe(text);
});

test('a dataset that is not the one of the evaluation is refused', async () => {
  const other = join(root, 'changed', 'metrics.json');
  const judged = (sets: EvaluationDocument['sets']): EvaluationDocument['sets'] =>
    sets.map((set) => ({
      ...set,
      disagreements: set.disagreements!.map((one) => ({ ...one, judge: 1 - one.judge })),
    }));
  await writeJson(other, { ...evaluation, sets: judged(evaluation.sets) });
  await expect(writeReport({ run: other, root, dataset })).rejects.toMatchObject({ code: 'WRONG_DATASET' });
  const named = evaluation.sets.map((set) => ({
    ...set,
    disagreements: set.disagreements!.map((one) => ({ ...one, id: '../../../secret' })),
  }));
  await writeJson(other, { ...evaluation, sets: named });
  await expect(writeReport({ run: other, root, dataset })).rejects.toMatchObject({ code: 'WRONG_DATASET' });
  await expect(writeReport({ run: choice, root, dataset: await temporaryRoot() })).rejects.toMatchObject({
    code: 'NOT_BAPPS',
  });
});

test('just noticeable differences: average precision, none where nothing is defined', async () => {
  const path = join(root, 'jnd.json');
  const jnd = await writeEvaluation(dataset, 'jnd', path);
  expect(await page(path)).toContain(`<td>${(100 * jnd.sets[0]!.score!).toFixed(2)}</td>`);
  const [set] = jnd.sets;
  const undefinedSet = {
    ...set!,
    score: null,
    interval: null,
    reason: 'no observer took any pair for the same',
  };
  await writeJson(path, { ...jnd, sets: [undefinedSet], means: [] });
  const text = await page(path);
  expect(text).toContain('<li>no observer took any pair for the same</li>');
  expect(text).toContain('not defined');
});

test('a training of heads: scores beside published ones, epochs, gate', async () => {
  await writeJson(join(root, 'runs', 'heads', 'metrics.json'), headsMetrics());
  const text = await page('heads');
  expect(text).toContain('gate passed · not exported');
  expect(text).toContain('<td>76.54</td>');
  // table 5 has these sets: a circle for LPIPS, a square for people, on each
  expect(text.match(/<circle class="hollow"/g)).toHaveLength(2);
  expect(text.match(/<rect class="hollow"/g)).toHaveLength(2);
  // a dot per epoch on three curves
  expect(text.match(/<circle class="fill/g)).toHaveLength(9);
  const refused = { passed: false, reasons: ['too low'], against: 'baseline' as const };
  const { difference } = headsMetrics().gate;
  await writeJson(
    join(root, 'runs', 'heads', 'metrics.json'),
    headsMetrics({ gate: { ...refused, difference }, epochs: [] }),
  );
  expect(await page('heads')).toMatch(/gate refused[^]*<li>too low<\/li>[^]*No epoch was trained/);
});

test('texts of documents stay text', async () => {
  const path = join(root, 'hostile.json');
  const sets = evaluation.sets.map((set) => ({ ...set, set: HOSTILE }));
  await writeJson(path, {
    ...evaluation,
    sets,
    metric: { name: HOSTILE, sha256: HOSTILE, version: HOSTILE },
    damaged: [{ set: HOSTILE, id: HOSTILE, reason: HOSTILE }],
  });
  expect(await page(path)).not.toContain('<script');
  await writeJson(path, headsMetrics({ id: HOSTILE, lpips_version: HOSTILE }));
  expect(await page(path)).not.toContain('<script');
});

test('metrics of heads that are not what they should be, or cannot be drawn, are refused', async () => {
  const path = join(root, 'wrong.json');
  const refused = async (change: object, code: string): Promise<void> => {
    await writeJson(path, { ...headsMetrics(), ...change });
    await expect(writeReport({ run: path, root })).rejects.toMatchObject({ code });
  };
  await refused({ epochs: [{ ...headsMetrics().epochs[0], loss: '0' }] }, 'INVALID_DOCUMENT');
  await refused({ heads_digest: HOSTILE }, 'INVALID_DOCUMENT');
  await refused({ epochs: [{ ...headsMetrics().epochs[0], loss: 1e308 }] }, 'BAD_METRICS');
});

test.each([
  ['score', (sets: object[]) => [{ ...sets[0], score: '<b>' }]],
  ['score', (sets: object[]) => [{ ...sets[0], score: 1.5 }]],
  ['count', (sets: object[]) => [{ ...sets[0], count: -1 }]],
  ['interval', (sets: object[]) => [{ ...sets[0], interval: [0, 1] }]],
  ['set', (sets: object[]) => [{ ...sets[0], set: 'x'.repeat(5000) }]],
  ['disagreements', (sets: object[]) => [{ ...sets[0], disagreements: [{ id: 1 }] }]],
  ['sets', () => ({ length: 1 })],
  ['sets', (sets: object[]) => Array.from({ length: 500 }, () => sets[0])],
])('a wrong %s is INVALID_DOCUMENT that names it', async (field, change) => {
  const path = join(root, 'wrong.json');
  await writeJson(path, { ...evaluation, sets: change([...evaluation.sets]) });
  await expect(writeReport({ run: path, root })).rejects.toMatchObject({
    code: 'INVALID_DOCUMENT',
    message: expect.stringMatching(new RegExp(`[ .]${field}[.:]`)),
  });
});
