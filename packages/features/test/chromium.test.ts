import { fileURLToPath } from 'node:url';
import { sha256 } from '@vqforge/base';
import * as features from '@vqforge/features';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { findChromium, openChromium } from '../../../testing/chromium.ts';

const chromium = findChromium();
if (chromium === undefined)
  console.warn('skipped: features in a browser, because no chromium is on PATH (apt-get install chromium)');

const MADE_FEATURES = fileURLToPath(new URL('../../../testing/made-features.mjs', import.meta.url));

/** What a page runs: the package as a bundler takes it, and the digest of the doubles. */
async function pageScript(): Promise<string> {
  const contents = `
    import { sha256 } from '@vqforge/base';
    import * as features from '@vqforge/features';
    import { madeFeatures } from ${JSON.stringify(MADE_FEATURES)};
    globalThis.digest = sha256(new Uint8Array(madeFeatures(features).buffer));`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

async function digestInChromium(path: string): Promise<string> {
  const script = await pageScript();
  const browser = await openChromium(path);
  try {
    const page = await browser.newPage();
    await page.evaluate(script);
    return await page.evaluate<string>('globalThis.digest');
  } finally {
    await browser.close();
  }
}

test.skipIf(chromium === undefined)(
  'a page in Chromium measures what Node measures, to the bit',
  async () => {
    const { madeFeatures } = (await import(MADE_FEATURES)) as {
      madeFeatures: (api: typeof features) => Float64Array;
    };
    const doubles = madeFeatures(features);
    expect(doubles.length).toBeGreaterThan(1000);
    expect(await digestInChromium(chromium as string)).toBe(sha256(new Uint8Array(doubles.buffer)));
  },
  60_000,
);
