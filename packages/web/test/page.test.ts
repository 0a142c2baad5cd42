import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScoreDocument } from '@vqforge/score';
import { servePage, type PageServer } from '@vqforge/serve';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, openChromium } from '../../../testing/chromium.ts';
import { chooseFiles, compare, downloaded, ended, PAGE, watchedPage, writeClips } from './browser.ts';
import { commandDocument, comparable } from './command-document.ts';
import { madeClip } from './made-clips.ts';

const chromium = findChromium();
if (chromium === undefined)
  console.log('skipped: the page in a browser, because no chromium is on PATH (apt-get install chromium)');

const SHAPE = { width: 96, height: 64, frames: 4 };
let browser: Browser;
let server: PageServer;
let clips: string[];

beforeAll(async () => {
  if (chromium === undefined) return;
  [browser, server, clips] = await Promise.all([
    openChromium(chromium),
    servePage({ page: PAGE }),
    writeClips({
      'ref.y4m': madeClip(SHAPE),
      'coarse.y4m': madeClip({ ...SHAPE, step: 16 }),
      'coarser.y4m': madeClip({ ...SHAPE, step: 48 }),
    }),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe.skipIf(chromium === undefined)('the page', () => {
  test('scores as the command does, to the bit, and says so in the same document', async () => {
    const { page, complaints, requests } = await watchedPage(browser, server.url);
    await chooseFiles(page, clips);
    expect(await compare(page)).toMatch(/^4 frames, /);
    expect(await page.evaluate('crossOriginIsolated')).toBe(true);
    const document = JSON.parse(await downloaded(page, 'JSON')) as ScoreDocument;
    expect(comparable(document)).toEqual(comparable(await commandDocument(clips)));
    const csv = await downloaded(page, 'CSV');
    expect(csv.split('\n')[0]).toBe('Frame,fr_regressor_v1_0,fr_regressor_v1_1,');
    expect(csv.trim().split('\n')).toHaveLength(5);
    expect(complaints).toEqual([]);
    expect(
      requests.filter(
        (request) =>
          !request.startsWith(`GET ${server.url}`) && !request.startsWith(`GET blob:${server.url}`),
      ),
    ).toEqual([]);
    await page.context().close();
  });

  test('its pictures are the frames that it says, and step by keyboard', async () => {
    const { page, complaints } = await watchedPage(browser, server.url);
    await chooseFiles(page, clips);
    await compare(page);
    const shown = page.locator('.stage canvas');
    await shown.and(page.locator('[aria-label^="frame 0"]')).waitFor();
    await page.keyboard.press('.');
    await page.keyboard.press('.');
    await page.keyboard.press(',');
    await page.locator('.stage canvas[aria-label^="frame 1 of ref.y4m and coarse.y4m"]').waitFor();
    await page.getByRole('button', { name: 'Difference ×4' }).click();
    await page.locator('.worst').first().click();
    await page.locator('.stage canvas[aria-label*="and coarser.y4m"]').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('what cannot be compared is refused, and what ends early is partial as by the command', async () => {
    const small = await writeClips({
      'small.y4m': madeClip({ ...SHAPE, width: 48 }),
      'short.y4m': madeClip({ ...SHAPE, frames: 3, step: 4 }),
    });
    const { page } = await watchedPage(browser, server.url);
    await chooseFiles(page, [clips[0]!, small[0]!]);
    expect(await compare(page)).toBe(
      'small.y4m has 48×64, the reference ref.y4m has 96×64; tick “Scale to 96×64” below its name',
    );
    await page.getByRole('button', { name: 'Remove small.y4m' }).click();
    await chooseFiles(page, [small[1]!]).catch(() => undefined);
    expect(await compare(page)).toMatch(/^3 frames, .*partial: short.y4m ends after 3 frames/);
    const document = JSON.parse(await downloaded(page, 'JSON')) as ScoreDocument;
    expect(comparable(document)).toEqual(comparable(await commandDocument([clips[0]!, small[1]!])));
    await page.context().close();
  });
});

describe.skipIf(chromium === undefined)('a page that was tampered with', () => {
  test.each(['fr_regressor_v1.onnx', 'fr_regressor_v1.json', 'registry.json'])('%s', async (name) => {
    const folder = await mkdtemp(join(tmpdir(), 'vqforge-page-'));
    await cp(PAGE, folder, { recursive: true });
    const path = join(folder, 'models', name);
    const bytes = await readFile(path);
    // a digit of a number, or any byte of the model
    const at = name.endsWith('.onnx') ? 5000 : bytes.indexOf('17');
    bytes[at]! ^= 1;
    await writeFile(path, bytes);
    const tampered = await servePage({ page: folder });
    try {
      const { page } = await watchedPage(browser, tampered.url);
      await chooseFiles(page, clips.slice(0, 2));
      await page.getByRole('button', { name: 'Compare' }).click();
      const said = await ended(page);
      expect(said).toMatch(/sha256/);
      expect(await page.locator('.findings').isHidden()).toBe(true);
      await page.context().close();
    } finally {
      await tampered.close();
      await rm(folder, { recursive: true });
    }
  });
});
