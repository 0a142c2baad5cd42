import { cpSync, existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRegistry } from '@vqforge/artifact';
import { sha256 } from '@vqforge/base';
import { beforeEach, describe, expect, test } from 'vitest';
import { errorLine, runCommand, type Outcome, runShared } from './command.ts';
import { listing, temporaryFolder } from './folders.ts';

// upstream's weights may not be committed; they lie beside the repository on machines that have them
const SHARED = fileURLToPath(new URL('../../../../shared/weights/', import.meta.url));
const present = existsSync(SHARED);
if (!present)
  console.warn(`skipped: export and regeneration of the pinned LPIPS graphs: no weights in ${SHARED}`);

const MODELS = fileURLToPath(new URL('../../../model/tiny/', import.meta.url));
const PINNED = 'vmaf_tiny_lpips_sq_v1';

let folder: string;
let cache: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  cache = join(folder, 'cache');
  for (const name of ['cache', 'model', 'home']) await mkdir(join(folder, name));
});

function environment(): { env: Record<string, string> } {
  return { env: { VQFORGE_WEIGHTS_CACHE: cache, XDG_CACHE_HOME: join(folder, 'home') } };
}

function run(...args: string[]): Promise<Outcome> {
  return runShared(args, environment());
}

test('offline, weights that are nowhere are named, with exit code 2', async () => {
  const outcome = await runCommand(['weights', 'pull', '--offline'], environment());
  expect(outcome.code).toBe(2);
  expect(errorLine(outcome)).toContain('squeezenet1_1-b8a52dc0.pth');
  const json = await run('weights', 'pull', 'all', '--offline', '--json');
  expect(JSON.parse(errorLine(json))).toMatchObject({ error: { code: 'MISSING_WEIGHTS', exit_code: 2 } });
});

test.each([
  ['weights', 'pull', 'resnet'],
  ['weights', 'pull', '--mirror', 'file:///etc'],
  ['export', 'lpips', '--net', 'resnet'],
  ['export', 'lpips', '--version', '0.2'],
  ['export', 'lpips'],
])('bad usage, or no weights: %s %s %s', async (...args) => {
  const outcome = await run(...args, '--cache', cache);
  expect(outcome.code).toBe(2);
  expect(errorLine(outcome)).not.toBe('');
});

describe.skipIf(!present)('with upstream weights', () => {
  beforeEach(async () => {
    const { code, stderr } = await run('weights', 'pull', '--from', SHARED);
    if (code !== 0) throw new Error(stderr);
  });

  test('pull takes them over by their content, and a second one finds them', async () => {
    const { code, stdout } = await run('weights', 'pull', '--offline', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      cache,
      files: [{ outcome: 'cached' }, { outcome: 'cached' }],
    });
  });

  test('export without flags is the pinned model, byte for byte', async () => {
    const registry = join(folder, 'model', 'registry.json');
    expect((await runCommand(['export', 'lpips', '--registry', registry], environment())).code).toBe(0);
    expect((await run('export', 'lpips', '--maps', '--registry', registry)).code).toBe(0);
    const pinned = parseRegistry(await readFile(join(MODELS, 'registry.json'))).models;
    const made = parseRegistry(await readFile(registry)).models;
    expect(made).toEqual(pinned.filter(({ id }) => made.some((entry) => entry.id === id)));
    expect(made).toHaveLength(2);
    for (const { onnx, sha256: digest } of made)
      expect(sha256(await readFile(join(folder, 'model', onnx)))).toBe(digest);
    expect((await run('registry', 'verify', '--registry', registry)).code).toBe(0);
  });

  test('a pinned name is not for another graph', async () => {
    const model = join(folder, 'model');
    for (const flags of [
      ['--baseline'],
      ['--opset', '17'],
      ['--variant', 'uint8'],
      ['--baseline', '--id', PINNED],
    ]) {
      const outcome = await run('export', 'lpips', ...flags, '--registry', join(model, 'registry.json'));
      expect(outcome.code).toBe(2);
      expect(errorLine(outcome)).toContain('--id');
    }
    expect(await listing(model)).toEqual({});
  });

  test('pinned, not shipped and absent: skipped, unless it is named; regenerated, it is the pinned file', async () => {
    const model = join(folder, 'model');
    cpSync(MODELS, model, { recursive: true });
    for (const file of ['lpips_sq.onnx', 'lpips_sq_maps.onnx']) await rm(join(model, file), { force: true });
    const verify = await run('registry', 'verify', '--registry', model);
    expect(verify.code).toBe(0);
    expect(verify.stdout).toContain('skipped');
    expect((await run('registry', 'verify', PINNED, '--registry', model)).code).toBe(2);
    const regenerated = await run('regenerate', PINNED, '--registry', model);
    expect(regenerated.code).toBe(0);
    expect(sha256(await readFile(join(model, 'lpips_sq.onnx')))).toBe(
      parseRegistry(await readFile(join(model, 'registry.json'))).models.find(({ id }) => id === PINNED)
        ?.sha256,
    );
    expect((await run('registry', 'verify', PINNED, '--registry', model)).code).toBe(0);
    await rm(cache, { recursive: true });
    const absent = await run('regenerate', PINNED, '--check', '--registry', model);
    expect(absent.code).toBe(2);
    expect(absent.stdout).toContain('vqforge weights pull squeeze');
  });
});
