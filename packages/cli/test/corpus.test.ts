import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inventedModel, modelBytes } from '../../../testing/invented-teacher.ts';
import { y4mClip } from './clips.ts';
import { errorLine, runCommand, runShared, startCommand } from './command.ts';
import { temporaryFolder } from './folders.ts';

async function corpus(): Promise<{ folder: string; manifest: string; teacher: string }> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'clips'));
  const lines = ['reference,distorted'];
  for (const source of ['a', 'b']) {
    await writeFile(join(folder, `clips/${source}.y4m`), y4mClip(source === 'a' ? 0 : 3));
    await writeFile(join(folder, `clips/${source}_1.y4m`), y4mClip(source === 'a' ? 20 : 30));
    lines.push(`clips/${source}.y4m,clips/${source}_1.y4m`);
  }
  const manifest = join(folder, 'corpus.csv');
  await writeFile(manifest, lines.join('\n'));
  const teacher = join(folder, 'teacher.json');
  await writeFile(teacher, modelBytes(inventedModel()));
  return { folder, manifest, teacher };
}

test('corpus run, status, assemble and retry: from clips to a table, and what was given up', async () => {
  const { folder, manifest, teacher } = await corpus();
  const out = join(folder, 'out');
  const first = await runCommand(['corpus', 'run', manifest, '--out', out, '--teacher', teacher]);
  expect(first).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/10 rows of 2 pairs, sha256 [0-9a-f]{64}/),
  });
  const table = await readFile(join(out, 'features.parquet'));

  await writeFile(join(folder, 'clips/c.mp4'), 'no video');
  await writeFile(manifest, 'clips/a.y4m,clips/c.mp4\n', { flag: 'a' });
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('b_1.y4mclips', 'b_1.y4m\nclips'));
  const second = await runShared(['corpus', 'run', manifest, '--out', out, '--teacher', teacher, '--json']);
  expect(second.code).toBe(1);
  expect(JSON.parse(second.stdout)).toMatchObject({
    jobs: 3,
    known: 2,
    missing: 1,
    dead_letters: [{ attempts: 1 }],
  });
  expect(errorLine(second)).toContain('1 pair was given up');

  const page = join(folder, 'status.html');
  const status = await runCommand(['corpus', 'status', out, '--report', page]);
  expect(await readFile(page, 'utf8')).toMatch(/2 of 3 pairs measured[\s\S]*c\.mp4/);
  expect(status.stdout).toMatch(/given up +1\n/);
  expect(status.stdout).toContain('c.mp4');
  const refused = await runCommand(['corpus', 'assemble', out]);
  expect(refused.code).toBe(2);
  expect(errorLine(refused)).toContain('c.mp4');
  const partial = await runShared(['corpus', 'assemble', out, '--partial']);
  expect(partial.code).toBe(0);
  expect(await readFile(join(out, 'features.parquet'))).toEqual(table);
  const retry = await runCommand(['corpus', 'retry', out]);
  expect(retry.stdout).toContain('1 pair will be tried again');
});

test('corpus run: bad usage and an interruption', async () => {
  const { folder, manifest } = await corpus();
  for (const shard of ['0/2', '3/2', '1', '1/0', 'a/b'])
    expect(
      (await runShared(['corpus', 'run', manifest, '--out', join(folder, 'o'), '--shard', shard])).code,
    ).toBe(2);
  const nowhere = await runShared(['corpus', 'status', join(folder, 'nowhere')]);
  expect(nowhere.code).toBe(2);
  expect(errorLine(nowhere)).toContain('is no folder');
  const running = startCommand(['corpus', 'run', manifest, '--out', join(folder, 'out')]);
  await running.said('2 pairs, 2 to measure');
  running.child.kill('SIGINT');
  expect((await running.outcome).code).toBe(130);
  const again = await runShared(['corpus', 'run', manifest, '--out', join(folder, 'out')]);
  expect(again.code).toBe(0);
  expect(again.stdout).toContain('no teacher: the table has no column vmaf');
});
