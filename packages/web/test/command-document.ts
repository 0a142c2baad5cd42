import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scoreClips, type ScoreDocument, type ScoreOptions } from '@vqforge/score';
import { VERSION } from '@vqforge/runtime';
import { PAGE } from './browser.ts';

/** The command's document of the same clips, in Node's wasm. */
export async function commandDocument(
  [reference, ...distorted]: readonly string[],
  options: Partial<ScoreOptions> = {},
): Promise<ScoreDocument> {
  const { document } = await scoreClips({
    reference: reference!,
    distorted,
    featuresFrom: [],
    environment: {},
    colour: {},
    selection: { skipReference: 0, skipDistorted: 0, subsample: 1 },
    models: { registry: join(PAGE, 'models'), engine: 'wasm' },
    version: VERSION,
    now: () => performance.now(),
    ...options,
  });
  return document;
}

/** A document without what differs between a page and a command: speed and folders. */
export function comparable(document: ScoreDocument): unknown {
  const folders = new RegExp(`${tmpdir()}/[^/"]+/`, 'g');
  return JSON.parse(JSON.stringify({ ...document, fps: 0 }).replace(folders, ''));
}
