import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { lpipsRegistry, temporaryFolder } from '../../../testing/runtime-models.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What an example prints; run from the root, as its first line says. */
async function output(name: string, args: readonly string[], environment: object = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join('examples', name), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    timeout: 60_000,
  });
  return stdout;
}

/** Three frames of 4:0:0 whose brightness is `level`. */
async function clip(level: number): Promise<string> {
  const path = join(await temporaryFolder(), `level-${level}.y4m`);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), Buffer.alloc(32 * 24, level)]);
  await writeFile(path, Buffer.concat([Buffer.from('YUV4MPEG2 W32 H24 F25:1 Cmono\n'), frame, frame, frame]));
  return path;
}

test('score a clip', async () => {
  const registry = await lpipsRegistry('small_v1');
  const [reference, brighter] = [await clip(100), await clip(140)];
  const environment = { VMAF_LPIPS_MODEL_PATH: join(registry, 'small_v1.onnx') };
  const lines = (await output('score-clip.mjs', [reference, reference, brighter], environment)).split('\n');
  expect(lines[0]).toBe(`${reference}: LPIPS 0.0000, mean of 3 frames`);
  expect(lines[1]).toMatch(/: LPIPS 0\.[0-9]+, mean of 3 frames$/);
  expect(lines[1]).not.toContain('LPIPS 0.0000');
});

test('score a table', async () => {
  const text = await output('score-table.mjs', ['datasets/open9/open9_features.parquet']);
  expect(text).toContain('10320 frames scored by fr_regressor_v1 on ');
  // in-sample, after clipping; what the pinned model reaches is below 0.2
  expect(Number(/RMSE against the teacher (\S+)/.exec(text)?.[1])).toBeLessThan(0.5);
  expect(text).toContain('0 frames outside the range of its table, 0 beyond its probes too');
});

test('embed the server', async () => {
  const text = await output('embed-server.mjs', []);
  expect(text).toMatch(/^http:\/\/127\.0\.0\.1:\d+ serves fr_regressor_v1/);
  expect(Number(/score (\S+)/.exec(text)?.[1]?.replace(',', ''))).toBeCloseTo(86.94, 1);
});

test.each(['score-clip', 'score-table', 'embed-server'])(
  'docs/library.md shows %s as it is',
  async (name) => {
    const [page, example] = await Promise.all(
      [join('docs', 'library.md'), join('examples', `${name}.mjs`)].map((path) =>
        readFile(join(ROOT, path), 'utf8'),
      ),
    );
    const [, ...code] = (example as string).split('\n');
    expect(page).toContain(code.join('\n').trim());
  },
);
