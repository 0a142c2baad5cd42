import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeReport } from '@vqforge/pipeline/report';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { temporaryRoot } from '../workspace.ts';
import { findChromium, LOOKS, lookAt, openChromium } from './chromium.ts';
import { heldOutRows, metricsOf, writeRun } from './run-folder.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const chromium = findChromium();
if (chromium === undefined)
  console.log(
    'skipped: pages of reports in a browser, because no chromium is on PATH (apt-get install chromium)',
  );
/** Where screenshots go to be looked at; nowhere unless set. */
const SCREENSHOTS = process.env['VQFORGE_SCREENSHOTS'];

const pages = new Map<string, string>();
let browser: Browser;

beforeAll(async () => {
  if (chromium === undefined) return;
  const root = await temporaryRoot();
  const rows = heldOutRows(['BigBuckBunny', 'Cars', 'a_source_whose_name_is_far_too_long_for_its_row']);
  await writeRun(root, 'passed', metricsOf(rows), rows);
  await writeRun(root, 'refused', { ...metricsOf(rows, 1.5), warnings: ['feature '.repeat(60)] });
  for (const run of ['passed', 'refused']) pages.set(run, (await writeReport({ run, root })).path);
  browser = await openChromium(chromium);
});

afterAll(() => browser?.close());

test
  .skipIf(chromium === undefined)
  .each(['passed', 'refused'].flatMap((run) => LOOKS.map((look) => ({ run, ...look }))))(
  '$run at $width px, $colours',
  async ({ run, ...look }) => {
    const name = `${run}-${look.width}-${look.colours}.png`;
    const screenshot = SCREENSHOTS === undefined ? undefined : join(SCREENSHOTS, name);
    const seen = await lookAt(browser, pages.get(run)!, look, screenshot);
    expect(seen).toEqual({
      complaints: [],
      widths: [look.width, look.width],
      cut: [],
      unnamed: 0,
      drawings: run === 'passed' ? 8 : 1,
      isDark: look.colours === 'dark',
    });
  },
);

test.skipIf(chromium === undefined)('a look sees what it is there to see', async () => {
  const path = join(await temporaryRoot(), 'bad.html');
  await writeFile(
    path,
    `<body style="background: #000"><p style="width: 2000px">wide</p><img src="http://127.0.0.1:9/x.png"><script>fail()</script>
    <figure><svg viewBox="0 0 10 10" width="10"><text x="9">cut</text></svg></figure>`,
  );
  const seen = await lookAt(browser, path, { width: 390, colours: 'light' });
  expect(seen).toMatchObject({ cut: ['cut'], unnamed: 2, drawings: 1, isDark: true });
  expect(seen.widths[0]).toBeGreaterThan(390);
  expect(seen.complaints.join(' ')).toMatch(/fail is not defined/);
  expect(seen.complaints).toContain('http://127.0.0.1:9/x.png');
});
