import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { codeBlocks, startServer } from './served.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = readFileSync(`${ROOT}/docs/from-python.md`, 'utf8');

/** Why the page cannot be tried here; undefined where it can. */
function missing(): string | undefined {
  const tried = spawnSync('python3', ['-c', 'import numpy, requests'], { encoding: 'utf8' });
  return tried.status === 0 ? undefined : (tried.error?.message ?? tried.stderr.trim().split('\n').at(-1));
}

test('the program of docs/from-python.md prints what the page says', async (context) => {
  const reason = missing();
  context.skip(reason !== undefined, `python3 with numpy and requests: ${reason}`);
  const { url, end } = await startServer(['--registry', `${ROOT}/model/tiny`]);
  try {
    const printed = execFileSync('python3', ['-c', codeBlocks(PAGE, 'python').join('\n')], {
      env: { ...process.env, VQFORGE_URL: url, NO_PROXY: '*' },
      encoding: 'utf8',
    });
    expect(printed).toBe(codeBlocks(PAGE, 'text').join(''));
  } finally {
    await end();
  }
});
