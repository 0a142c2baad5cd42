import { VideoError } from '@vqforge/media';
import { describe, expect, test } from 'vitest';
import type { ClipFile } from '../src/clips/clip-file.ts';
import { ClipFrames } from '../src/clips/clip-frames.ts';
import { kindOf } from '../src/clips/clip-kind.ts';
import { openClip } from '../src/clips/open-clip.ts';
import { madeClip } from './made-clips.ts';

const SHAPE = { width: 34, height: 33, frames: 9 };
const file = (name: string, bytes: Uint8Array | string): ClipFile => ({
  name,
  bytes: new Blob([bytes as Uint8Array<ArrayBuffer>]),
});

async function allFrames(clip: ClipFile): Promise<Uint8Array[]> {
  const reader = await openClip({ file: clip });
  const frames: Uint8Array[] = [];
  for (let frame = await reader.read(); frame !== null; frame = await reader.read()) frames.push(frame.data);
  return frames;
}

describe('any frame of a clip', () => {
  const orders = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
    [8, 0, 7, 1, 6, 6, 5, 8],
    [3, 4, 2, 3],
  ];

  test.each(orders)('equals the frame that is read in a row: %i, %i, %i, …', async (...order) => {
    const clip = file('clip.y4m', madeClip(SHAPE));
    const expected = await allFrames(clip);
    expect(expected).toHaveLength(SHAPE.frames);
    const frames = new ClipFrames({ file: clip });
    for (const index of order) {
      const frame = await frames.frame(index);
      expect([frame.index, Buffer.compare(frame.data, expected[index]!)]).toEqual([index, 0]);
    }
  });

  test('also where lines before frames have parameters, and frames do not lie evenly', async () => {
    const even = Buffer.from(madeClip(SHAPE));
    const expected = await allFrames(file('even.y4m', even));
    const header = even.subarray(0, even.indexOf('\n') + 1);
    const uneven = Buffer.concat([
      header,
      ...expected.flatMap((data, at) => [Buffer.from(at % 3 === 1 ? 'FRAME Ip\n' : 'FRAME\n'), data]),
    ]);
    const frames = new ClipFrames({ file: file('uneven.y4m', uneven) });
    for (const index of [0, 5, 2, 8, 1])
      expect(Buffer.compare((await frames.frame(index)).data, expected[index]!)).toBe(0);
  });

  test('of raw YUV, whose form is given', async () => {
    const expected = await allFrames(file('clip.y4m', madeClip({ ...SHAPE, bitDepth: 10 })));
    const frames = new ClipFrames({
      file: file('clip.yuv', Buffer.concat(expected)),
      raw: { width: 34, height: 33, chroma: '420', bitDepth: 10 },
    });
    for (const index of [4, 0, 8])
      expect(Buffer.compare((await frames.frame(index)).data, expected[index]!)).toBe(0);
  });

  test('beyond the end is an error that says how many there are', async () => {
    const frames = new ClipFrames({ file: file('clip.y4m', madeClip(SHAPE)) });
    await expect(frames.frame(9)).rejects.toThrow(VideoError);
    expect(Buffer.from((await frames.frame(2)).data)).toHaveLength(34 * 33 + 2 * 17 * 17);
  });
});

describe('what a file is', () => {
  test.each([
    ['y4m', 'a', 'YUV4MPEG2 W4 H4\n'],
    ['container', 'a.mkv', '\x1aE\xdf\xa3rest'],
    ['image', 'a', '\x89PNG\r\n\x1a\n'],
    ['onnx', 'm.onnx', '\x08\x08'],
    ['json', 'vmaf.json', '{"model_dict": {}}'],
    ['unknown', 'a.yuv', 'whatever'],
  ])('%s', async (kind, name, text) => {
    expect(await kindOf(file(name, Buffer.from(text, 'latin1')))).toBe(kind);
  });

  test('raw YUV without its form says what is missing', async () => {
    await expect(openClip({ file: file('a.yuv', 'whatever') })).rejects.toMatchObject({
      code: 'UNKNOWN_FORMAT',
    });
  });
});
