import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { servePage, type PageServer } from '@vqforge/serve';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, openChromium } from '../../../../testing/chromium.ts';
import { hasFfmpeg } from '../../../../testing/ffmpeg.ts';
import type { DecodedFile } from '../harness/decode.ts';

const chromium = findChromium();
if (chromium === undefined)
  console.log('skipped: decoders of the browser, because no chromium is on PATH (apt-get install chromium)');

const H264 = ['-c:v', 'libx264', '-preset', 'fast', '-crf', '28'];
const VP9 = ['-c:v', 'libvpx-vp9', '-b:v', '300k'];
const AV1 = ['-c:v', 'libaom-av1', '-cpu-used', '8', '-b:v', '300k'];
const YUV420 = ['-pix_fmt', 'yuv420p'];

/** Files and the arguments of ffmpeg that make them of a test pattern. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'b-frames.mp4': [...H264, ...YUV420, '-bf', '3'],
  'b-frames.mkv': [...H264, ...YUV420, '-bf', '3'],
  'stream.ts': [...H264, ...YUV420],
  'cropped.mp4': ['-vf', 'scale=322:238', ...H264, ...YUV420],
  'full-range.mp4': [...H264, '-pix_fmt', 'yuvj420p', '-color_range', 'pc'],
  'ten-bits.mp4': [...H264, '-pix_fmt', 'yuv420p10le'],
  'not-subsampled.mp4': [...H264, '-pix_fmt', 'yuv444p'],
  'variable-rate.mkv': ['-vf', "select='not(mod(n,3))+not(mod(n,5))'", '-vsync', 'vfr', ...H264, ...YUV420],
  'vp9.webm': [...VP9, ...YUV420],
  'vp9.mp4': [...VP9, ...YUV420],
  'vp9-odd.webm': ['-vf', 'format=yuv444p,scale=321:239,format=yuv420p', ...VP9],
  'vp9-ten-bits.webm': [...VP9, '-pix_fmt', 'yuv420p10le'],
  'av1.mp4': [...AV1, ...YUV420],
  'av1.mkv': [...AV1, ...YUV420],
};

let folder: string;
let browser: Browser;
let server: PageServer;

const ffmpeg = (...args: readonly string[]): Buffer =>
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args], { maxBuffer: 2 ** 29 });
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  if (chromium === undefined || !hasFfmpeg) return;
  folder = await mkdtemp(join(tmpdir(), 'vqforge-decoders-'));
  const root = fileURLToPath(new URL('../harness', import.meta.url));
  await build({
    root,
    base: './',
    configFile: false,
    logLevel: 'error',
    build: { outDir: at('page'), modulePreload: { polyfill: false }, target: 'es2023' },
  });
  [browser, server] = await Promise.all([openChromium(chromium), servePage({ page: at('page') })]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

async function decodedByPage(name: string): Promise<DecodedFile | string> {
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.setInputFiles('#files', at(name));
  const [decoded] = await page.evaluate<(DecodedFile | string)[]>('decodeFiles()');
  await page.close();
  return decoded!;
}

/** SHA-256 of each frame as ffmpeg decodes it, in the file's own pixel format. */
function decodedByFfmpeg(name: string): string[] {
  const lines = ffmpeg('-i', at(name), '-vsync', 'passthrough', '-f', 'framehash', '-hash', 'sha256', '-');
  return lines
    .toString()
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(',').at(-1)!.trim());
}

describe.skipIf(chromium === undefined || !hasFfmpeg)('frames of the browser are those of ffmpeg', () => {
  test.each(Object.keys(FILES))('%s', async (name) => {
    ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25:duration=1.2', ...FILES[name]!, at(name));
    const decoded = await decodedByPage(name);
    expect(decoded).toMatchObject({
      frames: decodedByFfmpeg(name),
      sought: ['same', 'same', 'same'],
      start: 0,
    });
  });

  test('edit list: frames before 0 are not shown', async () => {
    ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=320x240:rate=25:duration=1.2',
      ...H264,
      ...YUV420,
      at('whole.mp4'),
    );
    ffmpeg('-ss', '0.5', '-i', at('whole.mp4'), '-c', 'copy', at('cut.mp4'));
    const expected = decodedByFfmpeg('cut.mp4');
    expect(expected.length).toBeLessThan(20);
    expect(await decodedByPage('cut.mp4')).toMatchObject({ frames: expected, frameRate: 25 });
  });

  test('what the browser has no decoder for, and what is no clip, is one sentence with a remedy', async () => {
    ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=64x64:duration=0.2', '-c:v', 'mpeg4', at('old.mp4'));
    ffmpeg('-f', 'lavfi', '-i', 'sine=duration=0.2', '-c:a', 'aac', at('sound.mp4'));
    expect(await decodedByPage('old.mp4')).toMatch(
      /^old.mp4 .*; convert it with ffmpeg -i old.mp4 clip.y4m$/,
    );
    expect(await decodedByPage('sound.mp4')).toBe('sound.mp4 has no video track');
  });
});
