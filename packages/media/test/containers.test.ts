import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasFfmpeg } from '../../../testing/ffmpeg.ts';
import { openLuma } from '../src/open-luma.ts';
import { openVideo, type VideoOptions } from '../src/open-video.ts';
import type { VideoReader } from '../src/video-reader.ts';
import { generator } from './clips.ts';
import { failure } from './reading.ts';
import { caseTable } from '../../../testing/case-table.ts';

/** Small clips as tools produce them. */
const CASES = fileURLToPath(new URL('../../../testing/cases/video/', import.meta.url));
let folder: string;
const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-containers-'));
});
afterAll(() => rm(folder, { recursive: true }));

function ffmpeg(...args: string[]): Buffer {
  return execFileSync('ffmpeg', ['-nostdin', '-y', '-v', 'error', ...args], { maxBuffer: 2 ** 28 });
}

/** Raw frames of a pixel format, as they are, in a container that says what they are. */
async function wrap(
  name: string,
  pixelFormat: string,
  size: string,
  raw: Uint8Array,
  ...more: string[]
): Promise<void> {
  await writeFile(path('raw'), raw);
  const input = ['-f', 'rawvideo', '-pix_fmt', pixelFormat, '-s', size, '-i', path('raw')];
  ffmpeg(...input, '-c:v', 'rawvideo', ...more, path(name));
}

async function all(
  name: string,
  options: VideoOptions = {},
): Promise<{ video: VideoReader; data: number[][] }> {
  const video = await openVideo({ path: name }, options);
  const data = [];
  for await (const frame of video.frames()) data.push([...frame.data]);
  await video.close();
  return { video, data };
}

/** Samples of one component in packed or semi-planar memory: every `step`-th from `from` on. */
interface Component {
  readonly from: number;
  readonly step: number;
  readonly count: number;
}

interface Layout {
  readonly pixelFormat: string;
  readonly chroma: string;
  readonly bits: number;
  readonly readAs: string;
  readonly bitDepth: number;
  /** Codec in the container; raw video by default. */
  readonly codec?: string;
  /** Where a row of W pixels of the first plane, or all of a packed format, has its components. */
  readonly shift?: number;
  readonly bigEndian?: boolean;
  readonly planes: (
    width: number,
    height: number,
  ) => { readonly row: number; readonly rows: number; readonly components: readonly Component[] }[];
}

const half = (side: number): number => Math.ceil(side / 2);
const one = (row: number, rows: number): { row: number; rows: number; components: Component[] } => ({
  row,
  rows,
  components: [{ from: 0, step: 1, count: row }],
});
const interleaved = (
  columns: number,
  rows: number,
  first: 0 | 1 = 0,
): { row: number; rows: number; components: Component[] } => ({
  row: 2 * columns,
  rows,
  components: [first, 1 - first].map((from) => ({ from, step: 2, count: columns })),
});
const packed422 =
  (luma: number, cb: number, cr: number) =>
  (width: number, rows: number): { row: number; rows: number; components: Component[] }[] => [
    {
      row: 4 * half(width),
      rows,
      components: [
        { from: luma, step: 2, count: width },
        { from: cb, step: 4, count: half(width) },
        { from: cr, step: 4, count: half(width) },
      ],
    },
  ];
const planar =
  (across: number, down: number, extra = 0) =>
  (width: number, height: number) => [
    one(width, height),
    one(Math.ceil(width / across), Math.ceil(height / down)),
    one(Math.ceil(width / across), Math.ceil(height / down)),
    ...Array.from({ length: extra }, () => ({ row: width, rows: height, components: [] })),
  ];

const LAYOUTS: readonly Layout[] = [
  {
    pixelFormat: 'nv12',
    chroma: '420',
    bits: 8,
    readAs: 'yuv420p',
    bitDepth: 8,
    planes: (w, h) => [one(w, h), interleaved(half(w), half(h))],
  },
  {
    pixelFormat: 'nv21',
    chroma: '420',
    bits: 8,
    readAs: 'yuv420p',
    bitDepth: 8,
    planes: (w, h) => [one(w, h), interleaved(half(w), half(h), 1)],
  },
  {
    pixelFormat: 'yuyv422',
    chroma: '422',
    bits: 8,
    readAs: 'yuv422p',
    bitDepth: 8,
    planes: packed422(0, 1, 3),
  },
  {
    pixelFormat: 'uyvy422',
    chroma: '422',
    bits: 8,
    readAs: 'yuv422p',
    bitDepth: 8,
    planes: packed422(1, 0, 2),
  },
  {
    pixelFormat: 'yuva420p',
    chroma: '420',
    bits: 8,
    readAs: 'yuv420p',
    bitDepth: 8,
    planes: planar(2, 2, 1),
  },
  {
    pixelFormat: 'yuva444p10le',
    chroma: '444',
    bits: 10,
    readAs: 'yuv444p10le',
    bitDepth: 10,
    planes: planar(1, 1, 1),
  },
  {
    pixelFormat: 'yuv420p9le',
    chroma: '420',
    bits: 9,
    readAs: 'yuv420p10le',
    bitDepth: 10,
    planes: planar(2, 2),
  },
  {
    pixelFormat: 'yuv422p14le',
    chroma: '422',
    bits: 14,
    readAs: 'yuv422p16le',
    bitDepth: 16,
    planes: planar(2, 1),
  },
  {
    pixelFormat: 'yuv420p10be',
    chroma: '420',
    bits: 10,
    bigEndian: true,
    readAs: 'yuv420p10le',
    bitDepth: 10,
    planes: planar(2, 2),
  },
  { pixelFormat: 'yuv440p', chroma: '440', bits: 8, readAs: 'yuv440p', bitDepth: 8, planes: planar(1, 2) },
  {
    pixelFormat: 'yuv440p10le',
    codec: 'ffv1',
    chroma: '440',
    bits: 10,
    readAs: 'yuv440p10le',
    bitDepth: 10,
    planes: planar(1, 2),
  },
  { pixelFormat: 'yuv411p', chroma: '411', bits: 8, readAs: 'yuv411p', bitDepth: 8, planes: planar(4, 1) },
  { pixelFormat: 'yuv410p', chroma: '410', bits: 8, readAs: 'yuv410p', bitDepth: 8, planes: planar(4, 4) },
  {
    pixelFormat: 'yuv420p12le',
    chroma: '420',
    bits: 12,
    readAs: 'yuv420p12le',
    bitDepth: 12,
    planes: planar(2, 2),
  },
  {
    pixelFormat: 'gray10le',
    chroma: '400',
    bits: 10,
    readAs: 'gray10le',
    bitDepth: 10,
    planes: (w, h) => [one(w, h)],
  },
];

/** One of each kind of memory: semi-planar, packed, deep, big-endian, with alpha, of each chroma, grey. */
const ESSENTIAL = new Set(
  'nv12 yuyv422 yuva420p yuv422p14le yuv420p10be yuv440p yuv411p gray10le'.split(' '),
);

/** A frame of noise in the memory of a format, and its planes one after the other at the depth that it is read with. */
function drawn(
  { bits, shift = 0, bigEndian = false, bitDepth, planes }: Layout,
  width: number,
  height: number,
  random: () => number,
): { memory: Buffer; planar: Buffer } {
  const wide = bits > 8;
  const samples: number[] = [];
  const found: number[][] = [];
  for (const { row, rows, components } of planes(width, height)) {
    const at = samples.length;
    for (let sample = 0; sample < row * rows; sample++) samples.push(Math.floor(random() * 2 ** bits));
    for (const { from, step, count } of components)
      found.push(
        Array.from(
          { length: count * rows },
          (_, index) =>
            samples[at + Math.floor(index / count) * row + from + (index % count) * step] as number,
        ),
      );
  }
  const memory = Buffer.alloc(samples.length * (wide ? 2 : 1));
  samples.forEach((sample, at) => {
    if (!wide) memory[at] = sample;
    else if (bigEndian) memory.writeUInt16BE(sample << shift, 2 * at);
    else memory.writeUInt16LE(sample << shift, 2 * at);
  });
  const flat = found.flat();
  const planar = Buffer.alloc(flat.length * (bitDepth > 8 ? 2 : 1));
  flat.forEach((sample, at) => {
    if (bitDepth > 8) planar.writeUInt16LE(sample << (bitDepth - bits), 2 * at);
    else planar[at] = sample;
  });
  return { memory, planar };
}

describe.skipIf(!hasFfmpeg)('pixel formats of containers', () => {
  const isEssential = ({ pixelFormat }: Layout): boolean => ESSENTIAL.has(pixelFormat);
  const others = LAYOUTS.filter((layout) => !isEssential(layout));
  test.each(caseTable(LAYOUTS.filter(isEssential), others))(
    '$pixelFormat: its own samples, at an odd size',
    async (layout) => {
      const random = generator(7);
      for (const [width, height] of [[17, 7]] as const) {
        const frames = [0, 1].map(() => drawn(layout, width, height, random));
        await wrap(
          'packed.nut',
          layout.pixelFormat,
          `${width}x${height}`,
          Buffer.concat(frames.map(({ memory }) => memory)),
          '-c:v',
          layout.codec ?? 'rawvideo',
        );
        const { video, data } = await all(path('packed.nut'));
        expect(video.format).toMatchObject({
          width,
          height,
          chroma: layout.chroma,
          bitDepth: layout.bitDepth,
        });
        expect(video.decoded).toEqual({
          pixelFormat: layout.pixelFormat,
          readAs: layout.readAs,
          alpha: layout.pixelFormat.startsWith('yuva'),
        });
        expect(data).toEqual(frames.map(({ planar: expected }) => [...expected]));
      }
    },
  );

  test.each(caseTable(['rgb24', 'gbrp', 'rgb48le', 'pal8'], ['bgr24', 'rgba', 'bgr0']))(
    '%s: the pixels that ffmpeg writes as rgb24',
    async (pixelFormat) => {
      const random = generator(8);
      const noise = Uint8Array.from({ length: 17 * 7 * 3 }, () => Math.floor(random() * 256));
      await writeFile(path('pixels'), noise);
      const input = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', '17x7', '-i', path('pixels')];
      ffmpeg(...input, '-pix_fmt', pixelFormat, '-c:v', 'rawvideo', path('rgb.nut'));
      const { video, data } = await all(path('rgb.nut'));
      expect(video.format).toMatchObject({ chroma: 'rgb', bitDepth: 8 });
      expect(data).toEqual([[...ffmpeg('-i', path('rgb.nut'), '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-')]]);
      expect(video.decoded?.alpha).toBe(pixelFormat === 'rgba');
    },
  );

  test('RGB has a luma of BT.709, limited range', async () => {
    const pixels = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255);
    await wrap('colours.nut', 'rgb24', '2x2', pixels);
    const clip = await openLuma({ path: path('colours.nut') });
    expect(clip.format).toMatchObject({ chroma: '444', range: 'limited', tags: { matrix: 'bt709' } });
    const luma = [...((await clip.read())?.luma ?? [])];
    await clip.close();
    // 16 + 219 · (0.2126, 0.7152, 0.0722, 1), and one code for swscale's fixed point
    for (const [at, expected] of [63, 173, 32, 235].entries())
      expect(Math.abs((luma[at] as number) - expected)).toBeLessThanOrEqual(1);
  });

  test('codes of full range stay what they are', async () => {
    const random = generator(9);
    const raw = Uint8Array.from({ length: 16 * 8 * 1.5 }, () => Math.floor(random() * 256));
    const lossless = ['-c:v', 'libx264', '-qp', '0', '-color_range', 'pc'];
    await wrap('full.mp4', 'yuvj420p', '16x8', raw, ...lossless);
    const planar = await all(path('full.mp4'));
    expect(planar.video.format.range).toBe('full');
    expect(planar.data).toEqual([[...raw]]);
    await wrap('full.mkv', 'nv12', '16x8', raw, '-color_range', 'pc');
    const packed = await all(path('full.mkv'));
    expect(packed.video.format.range).toBe('full');
    expect(packed.data[0]?.slice(0, 128)).toEqual([...raw.subarray(0, 128)]);
  });

  test('a file that is turned when shown', async () => {
    ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'testsrc=s=64x48:d=0.2',
      '-pix_fmt',
      'yuv420p',
      '-c:v',
      'mpeg4',
      path('flat.mp4'),
    );
    ffmpeg('-i', path('flat.mp4'), '-c', 'copy', '-metadata:s:v:0', 'rotate=90', path('turned.mp4'));
    const { video, data } = await all(path('turned.mp4'));
    expect(video.format).toMatchObject({ width: 48, height: 64 });
    expect(data).toHaveLength(5);
  });

  test('frames of another size, or of another shape and the same size, end the clip', async () => {
    const segment = (size: string): Buffer =>
      ffmpeg(
        '-f',
        'lavfi',
        '-i',
        `testsrc=s=${size}:d=0.12`,
        '-pix_fmt',
        'yuv420p',
        '-c:v',
        'mpeg4',
        '-f',
        'm4v',
        '-',
      );
    const first = segment('64x48');
    for (const other of ['32x32', '128x96', '48x64', '96x32']) {
      await writeFile(path('changing.mjpeg'), Buffer.concat([first, segment(other)]));
      expect(await failure(all(path('changing.mjpeg')))).toEqual({ code: 'SIZE_CHANGED', goodFrames: 3 });
    }
    await writeFile(path('constant.mjpeg'), Buffer.concat([first, first]));
    expect((await all(path('constant.mjpeg'))).data).toHaveLength(6);
  });

  test("ffmpeg's reason is in the message", async () => {
    await writeFile(path('junk.mp4'), Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomiso2 and nothing more'));
    await expect(all(path('junk.mp4'))).rejects.toThrow(/moov atom not found/);
    ffmpeg('-f', 'lavfi', '-i', 'sine=d=0.1', path('sound.wav'));
    await expect(all(path('sound.wav'))).rejects.toThrow(/has no video stream/);
  });

  test('what a container says of its colours', async () => {
    const raw = new Uint8Array(16 * 16 * 1.5 * 2);
    const tags = [
      '-c:v',
      'ffv1',
      '-colorspace',
      'bt2020nc',
      '-color_trc',
      'smpte2084',
      '-color_primaries',
      'bt2020',
      '-color_range',
      'tv',
    ];
    await wrap('pq.mkv', 'yuv420p10le', '16x16', raw, ...tags);
    const { video } = await all(path('pq.mkv'));
    expect(video.format.tags).toEqual({
      matrix: 'bt2020nc',
      transfer: 'smpte2084',
      primaries: 'bt2020',
      range: 'tv',
    });
    expect(video.format.range).toBe('limited');
  });
});

describe.skipIf(!hasFfmpeg)('cases', () => {
  test.each([
    ['rgb.mov', 'rgb', 'rgb24'],
    ['gbrp.mkv', 'rgb', 'bgr0'],
    ['nv12.nut', '420', 'nv12'],
    ['alpha.mkv', '420', 'yuva420p'],
  ])('%s', async (name, chroma, pixelFormat) => {
    const { video, data } = await all(join(CASES, name));
    expect(video.format).toMatchObject({ width: 32, height: 32, chroma, bitDepth: 8 });
    expect(video.decoded?.pixelFormat).toBe(pixelFormat);
    expect(data).toHaveLength(2);
  });

  test('odd widths above 8 bits have their own chroma', async () => {
    for (const name of ['odd10_ref.mkv', 'odd10_dis.mkv']) {
      const raw = ffmpeg('-i', join(CASES, name), '-f', 'rawvideo', '-');
      const { data } = await all(join(CASES, name));
      expect(Buffer.from(data.flat())).toEqual(raw);
    }
  });

  test('a change of size in the middle', async () => {
    expect(await failure(all(join(CASES, 'reschange.h264')))).toEqual({
      code: 'SIZE_CHANGED',
      goodFrames: 3,
    });
  });
});
