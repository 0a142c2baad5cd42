import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** The built page. */
export const PAGE: string = fileURLToPath(new URL('../page', import.meta.url));

/** A page with everything that it asked for and complained of. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: string[];
  /** Method and address of each request. */
  readonly requests: string[];
}

/** Opens a page of the browser in a context of its own. */
export async function watchedPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  context.on('request', (request) => requests.push(`${request.method()} ${request.url()}`));
  await page.goto(url);
  return { page, complaints, requests };
}

/** Gives files to the page as a user does, waits until they are listed. */
export async function chooseFiles(page: Page, paths: readonly string[]): Promise<void> {
  await page.setInputFiles('#files', [...paths]);
  await page
    .locator('.clips li')
    .nth(paths.length - 1)
    .waitFor();
}

/** Runs the comparison; what the page says when it has ended. */
export async function compare(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Compare' }).click();
  return ended(page);
}

/** Waits until a run has ended; what the page says then. */
export async function ended(page: Page): Promise<string> {
  await page.locator('.run progress').waitFor({ state: 'hidden', timeout: 90_000 });
  return (await page.locator('.run .message').textContent()) ?? '';
}

/** A file that the page gives away. */
export async function downloaded(page: Page, name: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name, exact: true }).click(),
  ]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Writes files into a folder of their own; their paths. */
export async function writeClips(clips: Readonly<Record<string, Uint8Array>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-web-'));
  return Promise.all(
    Object.entries(clips).map(async ([name, bytes]) => {
      const path = join(folder, name);
      await writeFile(path, bytes);
      return path;
    }),
  );
}
