import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { writeFeatureTable } from '@vqforge/table';
import { hasRedis, startRedis } from '../../../testing/queue-servers.ts';
import { runCommand, startCommand } from './command.ts';
import { temporaryFolder } from './folders.ts';
import { tableColumns } from './tables.ts';

describe.skipIf(!hasRedis)('sweep --queue', () => {
  test('two machines that run the same line train each point once, and both have the sweep of one machine', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const folder = await temporaryFolder();
    const parquet = join(folder, 't.parquet');
    await writeFeatureTable({ path: parquet, batches: [tableColumns()] });
    const line = [
      'sweep',
      '--parquet',
      parquet,
      '--workers',
      '1',
      '--epochs',
      '1',
      '--seeds',
      '0-3',
      '--json',
    ];
    const [alone, shared] = [join(folder, 'alone'), join(folder, 'shared')];
    const wanted = await runCommand([...line, '--out', alone]);
    expect(wanted.code).toBe(0);
    const sweeps = [1, 2].map(() => startCommand([...line, '--out', shared, '--queue', redis.url]));
    // two that wait for each other outlive a test that has run out of time
    for (const { child } of sweeps) onTestFinished(() => void child.kill('SIGKILL'));
    const both = await Promise.all(sweeps.map(({ outcome }) => outcome));
    expect(both.map(({ code, stderr }) => [code, stderr.includes('sesame')])).toEqual([
      [0, false],
      [0, false],
    ]);
    const points = (stdout: string): unknown => (JSON.parse(stdout) as { points: unknown }).points;
    for (const { stdout } of both) expect(points(stdout)).toEqual(points(wanted.stdout));
    expect(await readFile(join(shared, 'sweep.json'), 'utf8')).toBe(
      await readFile(join(alone, 'sweep.json'), 'utf8'),
    );
    expect(await readdir(join(shared, 'points'))).toHaveLength(4);
  });
});
