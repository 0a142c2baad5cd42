import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reasonIn } from '../src/ffmpeg-reason.ts';
import { openVideo } from '../src/open-video.ts';
import { VideoError } from '../src/errors.ts';

let folder: string;
let container: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-ffmpeg-'));
  container = join(folder, 'clip.mp4');
  await writeFile(container, Buffer.from('\0\0\0 ftypisom, as far as anybody looks'));
  await writeFile(
    join(folder, 'frames'),
    Buffer.concat([0, 1, 2].map((value) => new Uint8Array(24).fill(value))),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const PROBED = {
  streams: [{ width: 4, height: 4, pix_fmt: 'yuv420p', r_frame_rate: '25/1' }],
  frames: [{ width: 4, height: 4, pix_fmt: 'yuv420p' }],
  pixel_formats: [
    { name: 'yuv420p', nb_components: 3, log2_chroma_w: 1, log2_chroma_h: 1, components: [{ bit_depth: 8 }] },
  ],
};
const SUMS = '#tb 0: 1/25\n#dimensions 0: 4x4\n#sar 0: 0/1\n';
const line = (at: number, bytes = 24): string => `0, ${at}, ${at}, 1, ${bytes}, 0x1\n`;
/** Three frames. */
const THREE = `printf '${SUMS}${line(0)}${line(1)}${line(2)}' >&3`.replaceAll('\n', '\\n');

/** A program in the place of ffprobe and of ffmpeg, whose raw video goes to 1 and what it says of each frame to 3. */
async function fake(name: string, script: string, probed: unknown = PROBED): Promise<string> {
  const path = join(folder, name);
  const probe = typeof probed === 'string' ? probed : `echo '${JSON.stringify(probed)}'`;
  await writeFile(path, `#!/bin/sh\ncase "$*" in *-show_entries*) ${probe}; exit;; esac\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function read(ffmpeg: string): Promise<number[]> {
  const video = await openVideo({ path: container }, { ffmpeg });
  try {
    expect(video).toMatchObject({ container: 'ffmpeg', format: { width: 4, height: 4 } });
    const values = [];
    for await (const { data } of video.frames()) values.push(data[0] as number);
    return values;
  } finally {
    await video.close();
  }
}

describe.skipIf(process.platform === 'win32')('containers', () => {
  test('are decoded by ffmpeg', async () => {
    const ffmpeg = await fake('good', `echo "$@" > "${folder}/arguments"; ${THREE}; cat "${folder}/frames"`);
    expect(await read(ffmpeg)).toEqual([0, 1, 2]);
    const used = await readFile(join(folder, 'arguments'), 'utf8');
    expect(used).toContain(`-i file:${container}`);
    for (const flag of ['-protocol_whitelist file,pipe', '-xerror', '-autoscale 0', '-pix_fmt yuv420p'])
      expect(used).toContain(flag);
  });

  test('a program that has ended before its frames are asked for', async () => {
    const ffmpeg = await fake('quick', `${THREE}; cat "${folder}/frames"`);
    const video = await openVideo({ path: container }, { ffmpeg });
    // as long as it takes the program to end
    for (let wait = 0; wait < 20; wait++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect((await video.read())?.data[0]).toBe(0);
    expect((await video.read())?.data[0]).toBe(1);
    await video.close();
  });

  test('without ffmpeg, or without ffprobe, it says what is missing', async () => {
    await expect(read(join(folder, 'no-such-program'))).rejects.toMatchObject({ code: 'FFMPEG_MISSING' });
    const alone = await fake('ffmpeg', 'exit 0');
    const error = await read(alone).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'FFMPEG_MISSING' });
    expect((error as VideoError).message).toContain(join(folder, 'ffprobe'));
  });

  test('what ffmpeg says of its failure is passed on, and what ffprobe says', async () => {
    for (const ffmpeg of [
      await fake('bad', 'echo first >&2; echo "moov atom not found" >&2; exit 183'),
      await fake('unprobed', 'exit 0', 'echo "[mov @ 0x55d0c0] moov atom not found" >&2; exit 1'),
    ]) {
      const error = await read(ffmpeg).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'DECODE_FAILED' });
      expect((error as VideoError).message).toContain('moov atom not found');
      expect((error as VideoError).message).not.toContain('0x55');
    }
  });

  test('a failure after some frames says how many were good', async () => {
    const half = await fake(
      'half',
      `${THREE}; head -c 60 "${folder}/frames"; echo "corrupt input" >&2; exit 69`,
    );
    await expect(read(half)).rejects.toMatchObject({ code: 'DECODE_FAILED', goodFrames: 2 });
    const whole = await fake('whole', `${THREE}; cat "${folder}/frames"; exit 1`);
    await expect(read(whole)).rejects.toMatchObject({ code: 'DECODE_FAILED', goodFrames: 3 });
    // a frame that ffmpeg says nothing about is none
    const two = THREE.replace(line(2).replace('\n', '\\n'), '');
    const unsaid = await fake('unsaid', `${two}; cat "${folder}/frames"; kill -9 $$`);
    await expect(read(unsaid)).rejects.toMatchObject({ code: 'DECODE_FAILED', goodFrames: 2 });
  });

  test('frames of another size are none of the clip', async () => {
    const sizes = `${SUMS}${line(0)}${line(1, 96)}${line(2)}`.replaceAll('\n', '\\n');
    const ffmpeg = await fake('sizes', `printf '${sizes}' >&3; cat "${folder}/frames" "${folder}/frames"`);
    await expect(read(ffmpeg)).rejects.toMatchObject({ code: 'SIZE_CHANGED', goodFrames: 1 });
  });

  test('output that says nothing of its frames', async () => {
    await expect(read(await fake('silent', 'exit 0'))).rejects.toMatchObject({ code: 'NO_FRAMES' });
    await expect(read(await fake('odd', 'echo hello >&3'))).rejects.toMatchObject({ code: 'MALFORMED' });
    const lines = `${SUMS}hello\n`.replaceAll('\n', '\\n');
    await expect(read(await fake('words', `printf '${lines}' >&3`))).rejects.toMatchObject({
      code: 'MALFORMED',
    });
  });

  test('a probe that says too much, or nothing', async () => {
    const endless = await fake('endless-probe', 'exit 0', 'exec yes');
    await expect(read(endless)).rejects.toMatchObject({ code: 'DECODE_FAILED' });
    const none = await fake('no-streams', 'exit 0', { streams: [] });
    await expect(read(none)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(read(await fake('no-json', 'exit 0', 'echo {'))).rejects.toMatchObject({
      code: 'DECODE_FAILED',
    });
    const strange = {
      ...PROBED,
      pixel_formats: [],
      streams: [{ width: 4, height: 4, pix_fmt: '__proto__' }],
    };
    await expect(read(await fake('strange', 'exit 0', strange))).rejects.toMatchObject({
      code: 'DECODE_FAILED',
    });
    const large = { ...PROBED, frames: [{ width: 65_535, height: 65_535, pix_fmt: 'yuv420p' }] };
    await expect(read(await fake('large', 'exit 0', large))).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  test('closing stops it, and so does a signal', async () => {
    const ffmpeg = await fake('endless', `${THREE}; cat "${folder}/frames"; exec sleep 600`);
    const video = await openVideo({ path: container }, { ffmpeg });
    await video.read();
    await video.close();
    const stop = new AbortController();
    const other = await openVideo({ path: container }, { ffmpeg, signal: stop.signal });
    for (let frame = 0; frame < 3; frame++) await other.read();
    const waiting = other.read();
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED', goodFrames: 3 });
  });
});

test("ffmpeg's reason is its last lines that say something", () => {
  const said = `[mov,mp4 @ 0x55d0c0a4] moov atom not found\nclip.mp4: Invalid data found\nConversion failed!\n`;
  expect(reasonIn(said)).toBe(': [mov,mp4] moov atom not found; clip.mp4: Invalid data found');
  expect(
    reasonIn("Stream map '0:v:0' matches no streams.\nTo ignore this, add a trailing '?' to the map.\n"),
  ).toBe(": Stream map '0:v:0' matches no streams.");
  expect(reasonIn('')).toBe('');
  expect(reasonIn(`${'x'.repeat(10_000)}\n`).length).toBeLessThan(500);
});
