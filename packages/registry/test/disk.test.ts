import { spawnSync } from 'node:child_process';
import { chmod, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, type TestContext } from 'vitest';
import { loadVerified } from '../src/load.ts';
import { publish } from '../src/publish.ts';
import { verifyRegistry } from '../src/verify.ts';
import { codeOf, contents, temporaryFolder, tinyPublication } from '../../../testing/registry-models.ts';

const mounted: string[] = [];

afterEach(() => {
  for (const folder of mounted.splice(0)) spawnSync('umount', ['-l', folder]);
});

const DISK = 128 * 1024;

/** A file system of that size, or a skipped test where the user may not mount one. */
async function smallDisk(context: TestContext): Promise<string> {
  const folder = await temporaryFolder();
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', folder]);
  if (status !== 0) context.skip(`cannot mount a tmpfs here: ${stderr?.toString() ?? 'no mount command'}`);
  mounted.push(folder);
  return folder;
}

async function expectUnchanged(registry: string, before: Record<string, string>): Promise<void> {
  expect(await contents(registry)).toStrictEqual(before);
  expect(await verifyRegistry({ registry })).toMatchObject({ verified: ['a'], findings: [] });
  await expect(loadVerified(registry, 'a')).resolves.toBeDefined();
}

test('a full disk leaves the old state and no litter', async (context) => {
  const registry = await smallDisk(context);
  await publish({ registry, ...tinyPublication('a', 1) });
  const filler = join(registry, 'README.md');
  await writeFile(filler, Buffer.alloc(DISK)).catch(() => undefined);
  const { size } = await stat(filler);
  const outcomes = [];
  // one more page at a time, so that every write of a publish is once the one that does not fit
  for (let pages = 0; pages < 24; pages++) {
    await truncate(filler, size - pages * 4096);
    const before = await contents(registry);
    const outcome = await codeOf(() => publish({ registry, ...tinyPublication('a', 2) }));
    outcomes.push(outcome);
    if (outcome !== 'no error') await expectUnchanged(registry, before);
  }
  expect(outcomes.join()).toMatch(/^(UNWRITABLE,){3,}(no error,?)+$/);
  expect((await verifyRegistry({ registry })).findings).toStrictEqual([]);
});

test('a read-only file system leaves the old state', async (context) => {
  const registry = await smallDisk(context);
  await publish({ registry, ...tinyPublication('a', 1) });
  const before = await contents(registry);
  spawnSync('mount', ['-o', 'remount,ro', registry]);
  expect(await codeOf(() => publish({ registry, ...tinyPublication('a', 2) }))).toBe('UNWRITABLE');
  expect(await codeOf(() => publish({ registry, ...tinyPublication('a', 1) }))).toBe('no error');
  await expectUnchanged(registry, before);
});

test('a folder without write permission leaves the old state', async (context) => {
  if (process.getuid?.() === 0) context.skip('root ignores permissions');
  const registry = await temporaryFolder();
  await publish({ registry, ...tinyPublication('a', 1) });
  const before = await contents(registry);
  await chmod(registry, 0o555);
  expect(await codeOf(() => publish({ registry, ...tinyPublication('a', 2) }))).toBe('UNWRITABLE');
  await expectUnchanged(registry, before);
  await chmod(registry, 0o755);
});
