import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { openStream, scaledSource } from '@vqforge/media';
import type { ScoreDocument } from '@vqforge/score';
import { servePage, type PageServer } from '@vqforge/serve';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, openChromium } from '../../../../testing/chromium.ts';
import { chooseFiles, compare, downloaded, PAGE, watchedPage, writeClips } from '../browser.ts';
import { commandDocument, comparable } from '../command-document.ts';
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

describe.skipIf(chromium === undefined)('clips that do not lie frame upon frame', () => {
  test('a smaller rendition is scaled where that is asked for, and the document says by what', async () => {
    const [ref, small] = await writeClips({
      'ref.y4m': madeClip(SHAPE),
      'small.y4m': madeClip({ ...SHAPE, width: 48, height: 40, step: 16 }),
    });
    const { page, complaints } = await watchedPage(browser, server.url);
    await chooseFiles(page, [ref!, small!]);
    await page.getByText('48×40 · 4:2:0 · 8 bit · 25 fps · 4 frames').waitFor();
    await page.getByLabel('Scale to 96×64 (bicubic)').check();
    expect(await compare(page)).toMatch(/^4 frames, /);
    const document = JSON.parse(await downloaded(page, 'JSON')) as ScoreDocument;
    expect(document.renditions?.[0]?.scaled_from).toEqual({
      width: 48,
      height: 40,
      filter: 'bicubic, B 0, C 0.6, weights of 14 bits',
      by: 'vqforge',
    });
    // the command's score of the clip as the library scales it
    const [scaled] = await writeClips({ 'small.y4m': await scaledClip(small!, { width: 96, height: 64 }) });
    expect(document.frames).toEqual((await commandDocument([ref!, scaled!])).frames);
    // and the picture is of that size
    await page.locator('.stage canvas[aria-label^="frame 0"]').waitFor();
    expect(await page.evaluate("document.querySelector('.stage canvas').width")).toBe(96);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('frames are paired by time: shown, in the document, and scored as the command scores every other one', async () => {
    const made = { ...SHAPE, frames: 8 };
    const [ref, whole] = await writeClips({
      'ref.y4m': madeClip(made),
      'half.y4m': madeClip({ ...made, step: 16 }),
    });
    const [half] = await writeClips({ 'half.y4m': everyOther(await readFile(whole!)) });
    const { page, complaints } = await watchedPage(browser, server.url);
    await chooseFiles(page, [ref!, half!]);
    await page.getByText('A has another frame rate than the reference: pair by time').waitFor();
    await page.getByRole('button', { name: 'time', exact: true }).click();
    await page
      .getByText(
        'A: 4 of 8 frames paired, first 0 ↔ 0, at most 0.0 ms apart; unmatched: 4 of the reference, 0 of A',
      )
      .waitFor();
    expect(await compare(page)).toMatch(/^4 frames, /);
    const document = JSON.parse(await downloaded(page, 'JSON')) as ScoreDocument;
    expect(document.pairing).toEqual({
      by: 'time',
      offset: 0,
      unmatched: { reference: 4, renditions: [0] },
    });
    const expected = await commandDocument([ref!, whole!], {
      selection: { skipReference: 0, skipDistorted: 0, subsample: 2 },
    });
    expect(document.frames.map(({ paired }) => paired)).toEqual([[0], [1], [2], [3]]);
    expect(document.frames.map((frame) => ({ ...frame, paired: undefined }))).toEqual(expected.frames);
    // the player goes from one pair to the next
    await page.locator('.stage canvas[aria-label^="frame 0"]').waitFor();
    await page.keyboard.press('.');
    await page.getByText('reference frame 2 ↔ A frame 1').waitFor();
    await page.getByLabel('Renditions start later by seconds').fill('0.08');
    await page.getByText(/^A: 3 of 8 frames paired, first 0 ↔ 1/).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('an offset is found, and is in the document as the command writes it', async () => {
    const made = await writeClips({
      'ref.y4m': madeClip({ ...SHAPE, frames: 10 }),
      'late.y4m': madeClip({ ...SHAPE, frames: 12, first: -2, step: 16 }),
    });
    const { page } = await watchedPage(browser, server.url);
    await chooseFiles(page, made);
    await page.getByRole('button', { name: 'Find the offset' }).click();
    await page.getByText('found: A 2 frames').waitFor();
    expect(await page.getByLabel('Renditions start later by frames').inputValue()).toBe('2');
    expect(await compare(page)).toMatch(/^10 frames, /);
    const document = JSON.parse(await downloaded(page, 'JSON')) as ScoreDocument;
    expect(document.pairing).toEqual({ by: 'number', skipped: { reference: 0, distorted: 2 } });
    const selection = { skipReference: 0, skipDistorted: 2, subsample: 1 };
    expect(comparable(document)).toEqual(comparable(await commandDocument(made, { selection })));
    await page.context().close();
  });
});

/** A Y4M clip as the library scales it. */
async function scaledClip(path: string, size: { width: number; height: number }): Promise<Uint8Array> {
  const bytes = await readFile(path);
  const clip = await openStream({
    stream: (async function* () {
      yield bytes;
    })(),
  });
  const source = scaledSource(clip, size);
  const parts: Uint8Array[] = [Buffer.from(`YUV4MPEG2 W${size.width} H${size.height} F25:1 Ip C420jpeg\n`)];
  for (let frame = await source.read(); frame !== null; frame = await source.read())
    parts.push(Buffer.from('FRAME\n'), Buffer.from(frame.data));
  return Buffer.concat(parts);
}

/** Frames 0, 2, 4, … of a Y4M clip, at half its rate. */
function everyOther(clip: Buffer): Uint8Array {
  const header = clip.indexOf('\n') + 1;
  const stride = 'FRAME\n'.length + (SHAPE.width * SHAPE.height * 3) / 2;
  const parts: Uint8Array[] = [Buffer.from(clip.toString('latin1', 0, header).replace('F25:1', 'F25:2'))];
  for (let at = header; at < clip.length; at += 2 * stride) parts.push(clip.subarray(at, at + stride));
  return Buffer.concat(parts);
}

async function findings(page: Page, axe: string): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  }>("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })");
  return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
}
