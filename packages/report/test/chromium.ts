import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';

export interface Look {
  readonly width: number;
  readonly colours: 'light' | 'dark';
  readonly media: 'screen' | 'print';
}

/** A phone and a desk, by day and by night, and a sheet of A4 with Chromium's margins, which is white at night too. */
export const LOOKS: readonly Look[] = [
  ...[390, 1440].flatMap((width) =>
    (['light', 'dark'] as const).map((colours) => ({ width, colours, media: 'screen' as const })),
  ),
  { width: 718, colours: 'dark', media: 'print' },
];

/** What a page shows of itself, measured in the page. */
interface Seen {
  /** Everything on the console, errors of the page, and requests other than for the page. */
  readonly complaints: string[];
  /** Width of the content and of the window. */
  readonly widths: [number, number];
  /** Words of drawings that are cut at the edge of their drawing. */
  readonly cut: string[];
  /** Drawings and pictures without a text for who cannot see them. */
  readonly unnamed: number;
  readonly drawings: number;
  /** Whether the background is dark. */
  readonly isDark: boolean;
}

const MEASURE = `(() => {
  const cut = [...document.querySelectorAll('svg text')].filter((text) => {
    const [inner, outer] = [text, text.closest('svg')].map((element) => element.getBoundingClientRect());
    return inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
  });
  const named = 'svg:not([aria-label]):not([aria-hidden]), img:not([alt])';
  const [red] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number);
  return {
    widths: [document.documentElement.scrollWidth, innerWidth],
    cut: cut.map((text) => text.textContent),
    unnamed: document.querySelectorAll(named).length,
    drawings: document.querySelectorAll('figure svg, figure img').length,
    isDark: red < 128,
  };
})()`;

/**
 * One page under each look, in order.
 * @param screenshot where to put a picture of the whole page, by look
 */
export async function lookAt(
  browser: Browser,
  path: string,
  looks: readonly Look[],
  screenshot?: (look: Look) => string,
): Promise<Seen[]> {
  const page = await browser.newPage();
  try {
    const complaints: string[] = [];
    const url = pathToFileURL(path).href;
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) complaints.push(request.url());
    });
    await page.goto(url);
    const seen: Seen[] = [];
    for (const look of looks) {
      await page.setViewportSize({ width: look.width, height: 900 });
      await page.emulateMedia({ colorScheme: look.colours, media: look.media });
      seen.push({ ...(await page.evaluate<Omit<Seen, 'complaints'>>(MEASURE)), complaints });
      if (screenshot !== undefined) await page.screenshot({ fullPage: true, path: screenshot(look) });
    }
    return seen;
  } finally {
    await page.close();
  }
}
