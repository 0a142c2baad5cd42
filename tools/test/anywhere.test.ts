import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { bundleWhole, consumerFolder, CONTEXTS, runVerb, VERBS } from '../lib/verbs.mjs';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

// every verb in every context takes minutes: npm run test:long
const CHOSEN = { file: 'audit', text: 'load a table', tsx: 'score', worker: 'retrain', bundled: 'evaluate' };

test('the ways to run a program are all tried', () => {
  expect(Object.keys(CHOSEN)).toEqual(Object.keys(CONTEXTS));
  expect(Object.keys(VERBS)).toHaveLength(11);
});

test.each(Object.entries(CHOSEN))('run as %s: %s', { timeout: 60_000 }, async (context, verb) => {
  const folder = consumerFolder();
  folders.push(folder);
  const { isRight, output } = await runVerb(verb, context, folder);
  expect({ isRight, output }).toMatchObject({ isRight: true });
});

test.each(['retrain', 'score'])('bundled whole, with its threads: %s', { timeout: 60_000 }, async (verb) => {
  const folder = consumerFolder();
  folders.push(folder);
  const { isRight, output } = await runVerb(verb, bundleWhole, folder);
  expect({ isRight, output }).toMatchObject({ isRight: true });
});
