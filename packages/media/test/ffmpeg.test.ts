import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openVideo } from '../src/open-video.ts';
import { VideoError } from '../src/errors.ts';
import { y4m } from './clips.ts';

const SHAPE = { width: 4, height: 4, chroma: '420', bitDepth: 8 } as const;
let folder: string;
let container: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-ffmpeg-'));
  container = join(folder, 'clip.mp4');
  await writeFile(container, Buffer.from('\0\0\0 ftypisom, as far as anybody looks'));
  await writeFile(
    join(folder, 'decoded.y4m'),
    y4m(
      SHAPE,
      [0, 1, 2].map((value) => new Uint8Array(24).fill(value)),
    ),
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** A program in ffmpeg's place. */
async function fake(name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function read(ffmpeg: string): Promise<number[]> {
  const video = await openVideo({ path: container }, { ffmpeg });
  try {
    expect(video).toMatchObject({ container: 'ffmpeg', width: 4, height: 4 });
    const values = [];
    for await (const { data } of video.frames()) values.push(data[0] as number);
    return values;
  } finally {
    await video.close();
  }
}

describe.skipIf(process.platform === 'win32')('containers', () => {
  test('are decoded by ffmpeg', async () => {
    const ffmpeg = await fake('good', `echo "$@" > "${folder}/arguments"; cat "${folder}/decoded.y4m"`);
    expect(await read(ffmpeg)).toEqual([0, 1, 2]);
    const used = await readFile(join(folder, 'arguments'), 'utf8');
    expect(used).toContain(`-i file:${container}`);
    expect(used).toContain('-f yuv4mpegpipe');
    expect(used).toContain('-xerror');
  });

  test('without ffmpeg it says what is missing', async () => {
    await expect(read(join(folder, 'no-such-program'))).rejects.toMatchObject({ code: 'FFMPEG_MISSING' });
  });

  test('what ffmpeg says of its failure is passed on', async () => {
    const ffmpeg = await fake('bad', 'echo first >&2; echo "moov atom not found" >&2; exit 183');
    const error = await read(ffmpeg).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'DECODE_FAILED' });
    expect((error as VideoError).message).toContain('moov atom not found');
    expect((error as VideoError).message).toContain('exit 183');
  });

  test('a failure after some frames says how many were good', async () => {
    const ffmpeg = await fake(
      'half',
      `head -c 100 "${folder}/decoded.y4m"; echo "corrupt input" >&2; exit 69`,
    );
    await expect(read(ffmpeg)).rejects.toMatchObject({ code: 'DECODE_FAILED', goodFrames: 2 });
    const whole = await fake('whole', `cat "${folder}/decoded.y4m"; exit 1`);
    await expect(read(whole)).rejects.toMatchObject({ code: 'DECODE_FAILED', goodFrames: 2 });
  });

  test('output that is not Y4M', async () => {
    await expect(read(await fake('odd', 'echo hello'))).rejects.toMatchObject({ code: 'MALFORMED' });
    await expect(read(await fake('silent', 'exit 0'))).rejects.toMatchObject({ code: 'MALFORMED' });
  });

  test('closing stops it', async () => {
    const ffmpeg = await fake('endless', `cat "${folder}/decoded.y4m"; exec sleep 600`);
    const video = await openVideo({ path: container }, { ffmpeg });
    await video.read();
    const start = performance.now();
    await video.close();
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
