import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { ScoreDocument } from '@vqforge/score';
import { servePage, type PageServer } from '@vqforge/serve';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, openChromium } from '../../../../testing/chromium.ts';
import { chooseFiles, compare, downloaded, PAGE, watchedPage, writeClips } from '../browser.ts';
import { madeClip, repeated } from '../made-clips.ts';

const chromium = findChromium();
if (chromium === undefined)
  console.log(
    'skipped: the interface of the page, because no chromium is on PATH (apt-get install chromium)',
  );

const SHAPE = { width: 96, height: 64, frames: 4 };
let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  if (chromium === undefined) return;
  [browser, server] = await Promise.all([openChromium(chromium), servePage({ page: PAGE })]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe.skipIf(chromium === undefined)('the interface', () => {
  test('a run that is cancelled says nothing more, and the next one is not disturbed', async () => {
    const long = await writeClips({
      'a.y4m': repeated(madeClip({ width: 640, height: 360, frames: 5 }), 80),
      'b.y4m': repeated(madeClip({ width: 640, height: 360, frames: 5, step: 8 }), 80),
    });
    const short = await writeClips({
      'ref.y4m': madeClip(SHAPE),
      'coarse.y4m': madeClip({ ...SHAPE, step: 16 }),
    });
    const { page, complaints } = await watchedPage(browser, server.url);
    await chooseFiles(page, long);
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText(/ of 400 frames/).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await page.locator('.run .message').textContent()).toBe('cancelled');
    for (const name of ['a.y4m', 'b.y4m']) await page.getByRole('button', { name: `Remove ${name}` }).click();
    await chooseFiles(page, short);
    expect(await compare(page)).toMatch(/^4 frames, /);
    const document = JSON.parse(await downloaded(page, 'JSON')) as ScoreDocument;
    expect(document.frames).toHaveLength(4);
    expect(document.reference?.path).toBe('ref.y4m');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('axe finds nothing serious, before and after a run, in light and dark', async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const { page } = await watchedPage(browser, server.url);
    expect(await findings(page, axe)).toEqual([]);
    await chooseFiles(
      page,
      await writeClips({ 'ref.y4m': madeClip(SHAPE), 'coarse.y4m': madeClip({ ...SHAPE, step: 16 }) }),
    );
    await compare(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await findings(page, axe)).toEqual([]);
    }
    for (const width of [390, 1440, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    await page.context().close();
  });
});

async function findings(page: Page, axe: string): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  }>("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })");
  return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
}
