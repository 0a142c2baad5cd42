import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ScoreDocument } from '@vqforge/score';
import { servePage, type PageServer } from '@vqforge/serve';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, openChromium } from '../../../../testing/chromium.ts';
import { chooseFiles, compare, downloaded, PAGE, watchedPage, writeClips } from '../browser.ts';
import { commandDocument, comparable } from '../command-document.ts';
import { madeClip, madeImage } from '../made-clips.ts';

const chromium = findChromium();
if (chromium === undefined)
  console.log('skipped: hosts of the page, because no chromium is on PATH (apt-get install chromium)');

const MODELS = fileURLToPath(new URL('../../../../model/tiny', import.meta.url));
const LPIPS = join(MODELS, 'lpips_sq_maps.onnx');
const hasLpips = existsSync(LPIPS);
if (!hasLpips) console.log(`skipped: LPIPS in a page, because ${LPIPS} is not there (vqforge regenerate)`);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** A host that knows nothing of isolation: files and their types. */
class PlainHost {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<PlainHost> {
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://host').pathname.replace(/\/$/, '/index.html');
      readFile(join(PAGE, path)).then(
        (bytes) =>
          response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/plain' }).end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new PlainHost(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

let browser: Browser;
let clips: string[];
let registry: string;
let expected: ScoreDocument;

beforeAll(async () => {
  if (chromium === undefined) return;
  browser = await openChromium(chromium);
  clips = await writeClips({
    'ref.y4m': madeClip({ width: 96, height: 64, frames: 4 }),
    'coarse.y4m': madeClip({ width: 96, height: 64, frames: 4, step: 16 }),
    'coarser.y4m': madeClip({ width: 96, height: 64, frames: 4, step: 48 }),
  });
  registry = await mkdtemp(join(tmpdir(), 'vqforge-models-'));
  await cp(MODELS, registry, { recursive: true });
  expected = await commandDocument(clips, {
    models: { registry, engine: 'wasm' },
    ...(hasLpips ? { lpips: { modelPath: join(registry, 'lpips_sq_maps.onnx') } } : {}),
  });
});

afterAll(async () => {
  await browser?.close();
  if (registry !== undefined) await rm(registry, { recursive: true });
});

/** Waits for an expression to be true; the policy of the page lets nothing poll inside it. */
async function becomes(page: Page, expression: string): Promise<void> {
  // a page that is loaded again answers nothing
  const look = (): Promise<unknown> => page.evaluate(expression).catch(() => undefined);
  await expect.poll(look, { timeout: 30_000 }).toBe(true);
}

/** A host that is gone, and Playwright's own word on service workers. */
const EXPECTED = /ERR_CONNECTION_REFUSED|blocked by Playwright/;

type Host = Pick<PageServer, 'url' | 'close'>;
const HOSTS: readonly (readonly [string, boolean, 'allow' | 'block', () => Promise<Host>])[] = [
  ['plain, without a service worker', false, 'block', () => PlainHost.start()],
  ['plain, isolated by the service worker', true, 'allow', () => PlainHost.start()],
  ['the local command', true, 'allow', () => servePage({ page: PAGE })],
];

describe.skipIf(chromium === undefined)('scores equal those of Node to the bit', () => {
  test.each(HOSTS)('on a host that is %s', async (_, isolated, serviceWorkers, start) => {
    const host = await start();
    const { page, complaints, requests } = await watchedPage(browser, host.url, { serviceWorkers });
    await becomes(page, `crossOriginIsolated === ${isolated}`);
    if (serviceWorkers === 'allow') await becomes(page, 'navigator.serviceWorker.controller !== null');
    await page.waitForLoadState('networkidle');
    await page.setInputFiles('#files', hasLpips ? [...clips, LPIPS] : clips);
    await page.locator('.clips li').nth(2).waitFor();
    if (serviceWorkers === 'allow') {
      // all that a run needs is kept: the host may go
      await becomes(
        page,
        "caches.match('./ort/ort-wasm-simd-threaded.wasm').then((kept) => kept !== undefined)",
      );
      await page.waitForLoadState('networkidle');
      await host.close();
    }
    expect(await compare(page)).toMatch(/^4 frames, /);
    const document = JSON.parse(await downloaded(page, 'JSON')) as ScoreDocument;
    expect(comparable(document)).toEqual(comparable(expected));
    expect(complaints.filter((text) => !EXPECTED.test(text))).toEqual([]);
    expect(requests.filter((request) => !/^GET (blob:)?http:\/\/127\.0\.0\.1:/.test(request))).toEqual([]);
    await page.context().close();
    await host.close().catch(() => undefined);
  });
});

describe.skipIf(chromium === undefined || !hasLpips)('LPIPS', () => {
  test("two images have the command's document", async () => {
    const host = await servePage({ page: PAGE });
    const images = await writeClips({
      'ref.png': madeImage({ width: 75, height: 61 }),
      'coarse.png': madeImage({ width: 75, height: 61, step: 24 }),
      'coarser.png': madeImage({ width: 75, height: 61, step: 48 }),
    });
    const { page, complaints } = await watchedPage(browser, host.url);
    await chooseFiles(page, images);
    expect(await compare(page)).toMatch(/^images have no motion, .* drop the model file of LPIPS/);
    await page.setInputFiles('#files', LPIPS);
    await page.getByLabel('LPIPS: lpips_sq_maps.onnx').waitFor();
    expect(await compare(page)).toMatch(/^1 frame, /);
    const document = JSON.parse(await downloaded(page, 'JSON')) as ScoreDocument;
    const lpips = { modelPath: join(registry, 'lpips_sq_maps.onnx') };
    const command = await commandDocument(images, { models: { registry, engine: 'wasm' }, lpips });
    expect(comparable(document)).toEqual(comparable(command));
    expect(complaints).toEqual([]);
    await page.context().close();
    await host.close();
  });

  test('a heat map has a legend and the value under the pointer; a tampered model is refused', async () => {
    const host = await servePage({ page: PAGE });
    const bytes = await readFile(LPIPS);
    bytes[100_000]! ^= 1;
    const [path] = await writeClips({ 'tampered.onnx': bytes });
    const { page, complaints } = await watchedPage(browser, host.url);
    await chooseFiles(page, clips);
    await page.setInputFiles('#files', path!);
    await page.getByLabel('LPIPS: tampered.onnx').waitFor();
    expect(await compare(page)).toMatch(/^tampered.onnx has sha256 .* which the registry does not pin/);
    await page.setInputFiles('#files', LPIPS);
    await page.getByLabel('LPIPS: lpips_sq_maps.onnx').waitFor();
    await compare(page);
    await page.getByRole('button', { name: 'LPIPS heat map' }).click();
    await page.locator('.legend').waitFor();
    await page.locator('.stage canvas').hover();
    expect(await page.locator('.codes').textContent()).toMatch(/ · LPIPS \d\.\d{4}$/);
    expect(complaints).toEqual([]);
    await page.context().close();
    await host.close();
  });
});
