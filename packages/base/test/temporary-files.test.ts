import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { temporaryPath, withTemporaryFolder } from '@vqforge/base/node';

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'temporary-files-'));
  folders.push(folder);
  return folder;
}

const HOUR = 3600;
const now = Date.now() / 1000;

async function old(path: string, hours: number): Promise<void> {
  await utimes(path, now - hours * HOUR, now - hours * HOUR);
}

test('the next writer removes what was left there more than 24 hours ago, and nothing else', async () => {
  const folder = await makeFolder();
  const left = ['.a.json.0123456789ab.vqforge-tmp', '.x\n.0123456789ab.vqforge-tmp'];
  const others = [
    '.young.json.0123456789ab.vqforge-tmp',
    '.a.json.0123456789ab.tmp',
    'a.json.0123456789ab.vqforge-tmp',
    '.a.json.0123456789AB.vqforge-tmp',
    'a.json',
  ];
  for (const name of [...left, ...others]) await writeFile(join(folder, name), name);
  for (const name of [...left, ...others]) await old(join(folder, name), name.includes('young') ? 23 : 25);
  await mkdir(join(folder, '.folder.0123456789ab.vqforge-tmp'));
  await old(join(folder, '.folder.0123456789ab.vqforge-tmp'), 25);
  await symlink('a.json', join(folder, '.link.0123456789ab.vqforge-tmp'));
  const path = await temporaryPath(join(folder, 'new.json'));
  expect(basename(path)).toMatch(/^\.new\.json\.[\da-f]{12}\.vqforge-tmp$/);
  expect((await readdir(folder)).sort()).toStrictEqual(
    [...others, '.folder.0123456789ab.vqforge-tmp', '.link.0123456789ab.vqforge-tmp'].sort(),
  );
});

test('a name as long as file systems take has a temporary one, too', async () => {
  const folder = await makeFolder();
  for (const name of ['a'.repeat(255), 'ü'.repeat(127)]) {
    const path = await temporaryPath(join(folder, name));
    await writeFile(path, '');
    expect(Buffer.from(basename(path)).length).toBeLessThanOrEqual(255);
  }
});

test('folders that killed jobs left in the temporary folder go, those of others stay', async () => {
  const parent = await makeFolder();
  for (const name of ['vqforge-tmp-aB3dE6', 'vqforge-tmp-young1', 'vqforge-tmp-aB3dE67', 'other-aB3dE6']) {
    await mkdir(join(parent, name));
    await writeFile(join(parent, name, 'file'), '');
    await old(join(parent, name), name.includes('young') ? 23 : 25);
  }
  // in a process of its own, whose temporary folder this is
  const built = pathToFileURL(join(import.meta.dirname, '../dist/node.js')).href;
  const script = `import { withTemporaryFolder } from ${JSON.stringify(built)}; console.log(await withTemporaryFolder(async (folder) => folder));`;
  const used = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, TMPDIR: parent, TEMP: parent },
    encoding: 'utf8',
  }).trim();
  expect(basename(used)).toMatch(/^vqforge-tmp-/);
  expect((await readdir(parent)).sort()).toStrictEqual([
    'other-aB3dE6',
    'vqforge-tmp-aB3dE67',
    'vqforge-tmp-young1',
  ]);
});

test('a job that throws leaves no folder', async () => {
  let used = '';
  const job = withTemporaryFolder(async (folder) => {
    used = folder;
    await writeFile(join(folder, 'file'), '');
    throw new Error('enough');
  });
  await expect(job).rejects.toThrow('enough');
  await expect(readdir(used)).rejects.toThrow('ENOENT');
});
