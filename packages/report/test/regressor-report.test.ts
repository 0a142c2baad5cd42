import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeReport } from '@vqforge/report';
import { type ColumnData, encodeFeatureTable, loadFeatureTable } from '@vqforge/table';
import { expect, test } from 'vitest';
import { temporaryRoot } from '../../../testing/workspace.ts';
import { heldOutRows, metricsOf, parquet, writeRun } from './run-folder.ts';

const root = await temporaryRoot();
const HOSTILE = `<script>alert('x')</script>"&`;

async function report(run: string): Promise<string> {
  const { path } = await writeReport({ run, root });
  return readFile(path, 'utf8');
}

test('a run by its name, its folder or its metrics gives the same bytes beside its metrics', async () => {
  const rows = heldOutRows(['a', 'b', 'c']);
  const folder = await writeRun(root, 'small', metricsOf(rows), rows);
  const first = await writeReport({ run: 'small', root });
  expect(first.path).toBe(join(folder, 'report.html'));
  for (const run of [folder, join(folder, 'metrics.json')])
    expect(await writeReport({ run, root })).toEqual(first);
  const elsewhere = await writeReport({ run: 'small', root, out: join(root, 'page.html') });
  expect(elsewhere).toEqual({ path: join(root, 'page.html'), sha256: first.sha256 });
});

test('it says what was measured, and the residuals are those of the predictions', async () => {
  const page = await report('small');
  const metrics = metricsOf(heldOutRows(['a', 'b', 'c']));
  expect(page).toContain('gate passed · not exported');
  for (const { plcc, rmse } of Object.values(metrics.loso.per_fold)) {
    expect(page).toContain(`<td>${plcc!.toFixed(5)}</td>`);
    expect(page).toContain(`<td>${rmse!.toFixed(3)}</td>`);
  }
  // 60 rows of errors −8…8 hundredths, twice and thrice as large in the sources after the first
  expect(page).toContain('residuals from −0.160 to 0.160');
  expect(page).toContain('residuals from −0.480 to 0.480');
  expect(page.match(/<figure>/g)).toHaveLength(2 + 3 + 3);
  expect(page).toContain('<th scope="row">c_0.y4m</th>');
});

test('it loads nothing: no script, no address, a policy that forbids both', async () => {
  const page = await report('small');
  expect(page).toMatch(
    /Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-/,
  );
  expect(page).not.toMatch(/<script|https?:|url\(|@import|<iframe|<object|<base|\bon\w+=/i);
  expect(page.match(/(src|href)="[^"]*"/g)).toEqual(['href="data:,"']);
  expect(page).not.toMatch(/NaN|Infinity|undefined/);
});

test('residuals along each feature, and the worst frames with theirs, as long as the table is there', async () => {
  const rows = heldOutRows(['a', 'b', 'c']);
  const metrics = metricsOf(rows);
  const [first, second] = metrics.feature_cols as [string, string];
  const file = join(root, 'features.parquet');
  const write = async (shift: number): Promise<void> => {
    const columns: ColumnData[] = [
      { name: 'source', type: 'string', values: rows.map(({ source }) => source) },
      { name: 'dis_basename', type: 'string', values: rows.map(({ clip }) => clip) },
      { name: 'frame_index', type: 'uint32', values: Uint32Array.from(rows.keys()) },
      { name: 'vmaf', type: 'float64', values: rows.map(({ teacher }) => teacher) },
      { name: first, type: 'float64', values: rows.map((_, row) => row / 1000 + shift) },
      { name: second, type: 'float64', values: rows.map((_, row) => 7 + (row % 5)) },
    ];
    await writeFile(file, await encodeFeatureTable({ batches: [columns] }));
  };
  await write(0.25);
  const table = await loadFeatureTable({ paths: [file], features: [first, second], teacherColumn: 'vmaf' });
  const parquet = [{ path: 'features.parquet', kind: 'file', exists: true, sha256: '0'.repeat(64) } as const];
  await writeRun(
    root,
    'features',
    {
      ...metrics,
      dataset: { ...metrics.dataset, content_digest: table.contentDigest },
      run_provenance: { ...metrics.run_provenance, inputs: { table: table.contentDigest, parquet } },
    },
    rows,
  );
  const page = await report('features');
  expect(page.match(/Residual along [a-z0-9]+(?=<)/g)).toContain(`Residual along ${first}`);
  const errors = rows.map(({ prediction, teacher }) => Math.abs(prediction - teacher));
  const worst = errors.indexOf(Math.max(...errors));
  const frames = page
    .split('<h2>')
    .find((section) => section.startsWith('Frames with the largest error')) as string;
  expect(frames).toContain(`<td>${(worst / 1000 + 0.25).toFixed(4)}</td>`);
  expect(frames.match(/<tr>/g)).toHaveLength(1 + 20);
  // another table in its place
  await write(0.5);
  const without = await report('features');
  expect(without).not.toContain(`Residual along ${first}`);
  expect(without).toContain('Frames with the largest error');
});

test('names from a table stay text', async () => {
  const rows = heldOutRows([HOSTILE, 'b\u202e', 'x'.repeat(200)]);
  const metrics = metricsOf(rows);
  const warnings = [HOSTILE];
  await writeRun(root, 'hostile', { ...metrics, warnings }, rows);
  const page = await report('hostile');
  expect(page).not.toMatch(/<script|\u202e/);
  expect(page).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;');
});

test('a refused run shows why, and that there are no predictions', async () => {
  const metrics = metricsOf(heldOutRows(['a', 'b']), 2);
  await writeRun(root, 'refused', metrics);
  const page = await report('refused');
  expect(page).toContain('gate refused');
  expect(page).toContain(metrics.gate.reasons[0]);
  expect(page).toContain('has no <code>predictions.parquet</code>');
});

test('undefined metrics, a constant teacher, a source of one row and sources without errors', async () => {
  const rows = [
    ...heldOutRows(['a']).map((row) => ({ ...row, prediction: row.teacher })),
    ...heldOutRows(['b']).map((row) => ({ ...row, teacher: 100, prediction: Math.fround(99.5) })),
    { source: 'c', clip: 'c', teacher: 50, prediction: 50 },
  ];
  await writeRun(root, 'odd', metricsOf(rows), rows);
  const page = await report('odd');
  expect(page).toContain('plcc of b is undefined: every target is 100');
  expect(page).not.toMatch(/NaN|Infinity/);
});

test('of many sources the worst are drawn, and the page says so', async () => {
  const names = Array.from({ length: 30 }, (_, i) => `s${String(i).padStart(2, '0')}`);
  const rows = heldOutRows(names);
  await writeRun(root, 'many', metricsOf(rows), rows);
  const page = await report('many');
  expect(page).toContain('The 24 sources with the largest RMSE of 30.');
  expect(page).toContain('<h3>s29</h3>');
  expect(page).not.toContain('<h3>s00</h3>');
  expect(page).toContain('<th scope="row">s00</th>');
});

test('what is no run, or not what it says, is refused with a code', async () => {
  const rows = heldOutRows(['a', 'b']);
  const folder = await writeRun(root, 'bad', metricsOf(rows), rows);
  const refused = (code: string): Promise<void> =>
    expect(writeReport({ run: 'bad', root })).rejects.toMatchObject({ code });
  await writeFile(join(folder, 'predictions.parquet'), await parquet(heldOutRows(['b', 'c'])));
  await refused('WRONG_PREDICTIONS');
  const shifted = rows.map((row) => ({ ...row, prediction: row.prediction + 1 }));
  await writeFile(join(folder, 'predictions.parquet'), await parquet(shifted));
  await refused('WRONG_PREDICTIONS');
  await writeFile(join(folder, 'predictions.parquet'), 'PAR1 and so on');
  await refused('DAMAGED');
  const text = await readFile(join(folder, 'metrics.json'), 'utf8');
  for (const [from, to, code] of [
    [/"rmse": [^,]*/, '"rmse": NaN', 'NOT_JSON'],
    [/"rmse": [^,]*/, '"rmse": "<script>"', 'INVALID_DOCUMENT'],
    [/"rmse": [^,]*/, '"rmse": 1e999', 'INVALID_DOCUMENT'],
    [/"loso": /, '"losso": ', 'UNKNOWN_RUN'],
    [/^[^]*$/, '[]', 'UNKNOWN_RUN'],
    [/^[^]*$/, '', 'NOT_JSON'],
  ] as const) {
    await writeFile(join(folder, 'metrics.json'), text.replace(from, to));
    await refused(code);
  }
  await rm(join(folder, 'metrics.json'));
  await refused('UNREADABLE');
  await expect(writeReport({ run: 'nothing', root })).rejects.toMatchObject({ code: 'UNREADABLE' });
  await expect(writeReport({ run: 'small', root, out: join(root, 'no', 'page.html') })).rejects.toMatchObject(
    { code: 'BAD_OUTPUT' },
  );
});
