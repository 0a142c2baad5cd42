import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeReport } from '@vqforge/report';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findChromium, openChromium } from '../../../testing/chromium.ts';
import { temporaryRoot } from '../../../testing/workspace.ts';
import { LOOKS, lookAt } from './chromium.ts';
import { headsMetrics, writeDataset, writeEvaluation, writeJson } from './human-runs.ts';
import { heldOutRows, metricsOf, writeRun } from './run-folder.ts';

const chromium = findChromium();
if (chromium === undefined)
  console.log('skipped: reports in a browser, because no chromium is on PATH (apt-get install chromium)');
/** An existing folder for screenshots to be looked at; none are kept unless it is set. */
const SCREENSHOTS = process.env['VQFORGE_SCREENSHOTS'];

/** Drawings and pictures on the page of each run. */
const drawings = { passed: 8, refused: 1, noticed: 1, heads: 3, choice: 1 };
type Run = keyof typeof drawings;

const pages = new Map<Run, string>();
let browser: Browser;

beforeAll(async () => {
  if (chromium === undefined) return;
  const root = await temporaryRoot();
  const metricsOfRun = (run: Run): string => join(root, 'runs', run, 'metrics.json');
  const rows = heldOutRows(['BigBuckBunny', 'Cars', 'a_source_whose_name_is_far_too_long_for_its_row']);
  await writeRun(root, 'passed', metricsOf(rows), rows);
  await writeRun(root, 'refused', { ...metricsOf(rows, 1.5), warnings: ['feature '.repeat(60)] });
  const dataset = await writeDataset(join(root, 'mini'));
  const { sets } = await writeEvaluation(dataset, '2afc', metricsOfRun('choice'));
  drawings.choice += 3 * Math.min(12, sets.flatMap(({ disagreements = [] }) => disagreements).length);
  await writeEvaluation(dataset, 'jnd', metricsOfRun('noticed'));
  await writeJson(metricsOfRun('heads'), headsMetrics());
  for (const run of Object.keys(drawings) as Run[])
    pages.set(run, (await writeReport({ run, root, dataset })).path);
  browser = await openChromium(chromium);
});

afterAll(() => browser?.close());

test.skipIf(chromium === undefined).each(Object.keys(drawings) as Run[])(
  'the page of a run, %s, on a phone, on a desk and on paper, light and dark',
  async (run) => {
    const seen = await lookAt(
      browser,
      pages.get(run)!,
      LOOKS,
      SCREENSHOTS === undefined
        ? undefined
        : ({ width, colours }) => join(SCREENSHOTS, `${run}-${width}-${colours}.png`),
    );
    expect(seen).toEqual(
      LOOKS.map(({ width, colours, media }) => ({
        complaints: [],
        widths: [width, width],
        cut: [],
        unnamed: 0,
        drawings: drawings[run],
        isDark: media === 'screen' && colours === 'dark',
      })),
    );
  },
);

test.skipIf(chromium === undefined)('a look sees what it is there to see', async () => {
  const path = join(await temporaryRoot(), 'bad.html');
  await writeFile(
    path,
    `<body style="background: #000"><p style="width: 2000px">wide</p><img src="http://127.0.0.1:9/x.png"><script>fail()</script>
    <figure><svg viewBox="0 0 10 10" width="10"><text x="9">cut</text></svg></figure>`,
  );
  const [seen] = await lookAt(browser, path, [{ width: 390, colours: 'light', media: 'screen' }]);
  expect(seen).toMatchObject({ cut: ['cut'], unnamed: 2, drawings: 1, isDark: true });
  expect(seen!.widths[0]).toBeGreaterThan(390);
  expect(seen!.complaints.join(' ')).toMatch(/fail is not defined/);
  expect(seen!.complaints).toContain('http://127.0.0.1:9/x.png');
});
