import { describe, expect, test } from 'vitest';
import { openVideo } from '../src/open-video.ts';
import { type BitDepth, type Chroma, type Frame } from '../src/frame.ts';
import { type VideoErrorCode } from '../src/errors.ts';
import { frameBytes, generator, inChunks, integer, noise, once, pick, y4m } from './clips.ts';
import { all, failure } from './reading.ts';

const SMALL = { width: 4, height: 2, chroma: '420', bitDepth: 8 } as const;
const CHROMAS: readonly Chroma[] = ['400', '420', '422', '444'];
const DEPTHS: readonly BitDepth[] = [8, 10, 12, 16];

describe('Y4M', () => {
  test('every format and size, in chunks of any length', async () => {
    const random = generator(1);
    for (let round = 0; round < 300; round++) {
      const shape = {
        width: integer(random, 1, 9),
        height: integer(random, 1, 9),
        chroma: pick(random, CHROMAS),
        bitDepth: pick(random, DEPTHS),
      };
      const written = Array.from({ length: integer(random, 1, 4) }, () => noise(shape, random));
      const bytes = y4m(shape, written, 'Ip F30000:1001 A1:1 XCOLORRANGE=FULL Xcomment');
      const read = await all(inChunks(bytes, random));
      expect(read.map(({ data }) => Buffer.from(data))).toEqual(written.map((data) => Buffer.from(data)));
      expect(read.map(({ index }) => index)).toEqual(written.map((_, index) => index));
      expect(read[0]?.format).toEqual({
        ...shape,
        frameRate: { numerator: 30_000, denominator: 1001 },
        range: 'full',
      });
    }
  });

  test('chroma tags, with 4:2:0 of 8 bits when there is none', async () => {
    const tags: Record<string, [Chroma, BitDepth]> = {
      '': ['420', 8],
      'C420jpeg ': ['420', 8],
      'C420mpeg2 ': ['420', 8],
      'C420paldv ': ['420', 8],
      'C420p10 XYSCSS=420P10 ': ['420', 10],
      'Cmono ': ['400', 8],
      'Cmono12 ': ['400', 12],
      'C444p16 ': ['444', 16],
    };
    for (const [tag, [chroma, bitDepth]] of Object.entries(tags)) {
      const bytes = Buffer.concat([
        Buffer.from(`YUV4MPEG2 ${tag}W3 H3\nFRAME Ip\n`),
        new Uint8Array(frameBytes({ width: 3, height: 3, chroma, bitDepth })),
      ]);
      const [frame] = await all(once(bytes));
      expect(frame?.format).toEqual({ width: 3, height: 3, chroma, bitDepth, frameRate: null, range: null });
    }
  });

  test.each([
    ['YUV4MPEG2 W4 H2 F0:0', null],
    ['YUV4MPEG2 W4 H2 F24:1', { numerator: 24, denominator: 1 }],
    ['YUV4MPEG2 W4 H2 I?', null],
  ])('%s', async (header, frameRate) => {
    const bytes = Buffer.concat([Buffer.from(`${header}\nFRAME\n`), new Uint8Array(12)]);
    expect((await all(once(bytes)))[0]?.format.frameRate).toEqual(frameRate);
  });

  test.each([
    ['XCOLORRANGE=LIMITED', 'limited'],
    ['XCOLORRANGE=limited', 'limited'],
    ['Xcolorrange=Full', 'full'],
    ['XCOLORRANGE=pc', 'full'],
    ['XCOLORRANGE=TV', 'limited'],
    ['XCOLORRANGE=UNKNOWN', null],
    ['XCOLORRANGE=', null],
    ['XCOLORRANGE=constructor', null],
    ['XCOLORRANGE=FULL XCOLORRANGE=what', 'full'],
  ])('the range of %s is %s', async (tags, range) => {
    const [frame] = await all(once(y4m(SMALL, [new Uint8Array(12)], tags)));
    expect(frame?.format.range).toBe(range);
  });

  test('a newline after the last frame is the end', async () => {
    const frames = [new Uint8Array(12).fill(1), new Uint8Array(12).fill(2)];
    for (const end of ['\n', '\r\n', '\n\n'])
      expect(await all(once(Buffer.concat([y4m(SMALL, frames), Buffer.from(end)])))).toHaveLength(2);
    for (const more of ['\n\n\n\n\n', '\nFRAME\n', 'x', '\0'])
      expect(await failure(all(once(Buffer.concat([y4m(SMALL, frames), Buffer.from(more)]))))).toEqual({
        code: 'MALFORMED',
        goodFrames: 1,
      });
  });

  test('frames of another size than the header says: none of them is whole', async () => {
    const large = y4m({ ...SMALL, width: 6 }, [new Uint8Array(18), new Uint8Array(18)]);
    const lies = Buffer.from(Buffer.from(large).toString('latin1').replace('W6', 'W4'), 'latin1');
    expect(await failure(all(once(lies)))).toEqual({ code: 'MALFORMED', goodFrames: 0 });
    const small = y4m(
      { ...SMALL, width: 2 },
      Array.from({ length: 5 }, () => new Uint8Array(6)),
    );
    const promises = Buffer.from(Buffer.from(small).toString('latin1').replace('W2', 'W4'), 'latin1');
    expect(await failure(all(once(promises)))).toEqual({ code: 'MALFORMED', goodFrames: 0 });
  });

  test.each<[string, VideoErrorCode]>([
    ['YUV4MPEG2 H2', 'MALFORMED'],
    ['YUV4MPEG2 W4', 'MALFORMED'],
    ['YUV4MPEG2 W0 H2', 'MALFORMED'],
    ['YUV4MPEG2 W-4 H2', 'MALFORMED'],
    ['YUV4MPEG2 W4.5 H2', 'MALFORMED'],
    ['YUV4MPEG2 W4 W4 H2', 'MALFORMED'],
    ['YUV4MPEG2 W4 H2 F25', 'MALFORMED'],
    ['YUV4MPEG2X W4 H2', 'MALFORMED'],
    ['YUV4MPEG2 W4 H2 It', 'UNSUPPORTED'],
    ['YUV4MPEG2 W4 H2 C411', 'UNSUPPORTED'],
    ['YUV4MPEG2 W4 H2 C420p14', 'UNSUPPORTED'],
    ['YUV4MPEG2 W4 H2 C444alpha', 'UNSUPPORTED'],
    ['YUV4MPEG2 W4 H2 Cconstructor', 'UNSUPPORTED'],
    ['YUV4MPEG2 W65535 H65535', 'TOO_LARGE'],
    ['YUV4MPEG2 W999999999 H1', 'TOO_LARGE'],
    ['YUV4MPEG2 W1000000000 H1', 'MALFORMED'],
    [`YUV4MPEG2 W4 H2 X${'x'.repeat(2000)}`, 'MALFORMED'],
  ])('refuses the header %s', async (header, code) => {
    const bytes = Buffer.concat([Buffer.from(`${header}\nFRAME\n`), new Uint8Array(12)]);
    expect((await failure(all(once(bytes)))).code).toBe(code);
  });

  test('a header without an end is read no further than its limit', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
      yield Buffer.from('YUV4MPEG2 ');
      for (;;) {
        given += 100;
        yield new Uint8Array(100).fill(65);
      }
    }
    expect((await failure(all(endless()))).code).toBe('MALFORMED');
    expect(given).toBeLessThan(2000);
  });

  test('says how many frames were whole', async () => {
    const frames = [1, 2, 3].map((value) => new Uint8Array(12).fill(value));
    const bytes = y4m(SMALL, frames);
    const cut = (length: number): Promise<unknown> => all(once(bytes.subarray(0, bytes.length - length)));
    expect(await failure(cut(1))).toEqual({ code: 'TRUNCATED', goodFrames: 2 });
    expect(await failure(cut(12))).toEqual({ code: 'TRUNCATED', goodFrames: 2 });
    expect(await failure(cut(13))).toEqual({ code: 'MALFORMED', goodFrames: 2 });
    expect(await cut(18)).toHaveLength(2);
    expect(await failure(all(once(y4m(SMALL, []))))).toEqual({ code: 'NO_FRAMES', goodFrames: 0 });
    const marker = Buffer.from(bytes);
    marker.write('FRAMED', bytes.length - 18, 'latin1');
    expect(await failure(all(once(marker)))).toEqual({ code: 'MALFORMED', goodFrames: 2 });
  });

  test('a stream that fails', async () => {
    async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
      yield y4m(SMALL, [new Uint8Array(12), new Uint8Array(12)]);
      throw new Error('the disk is gone');
    }
    // whether the second frame was all of it, the bytes after it would have said
    expect(await failure(all(failing()))).toEqual({ code: 'UNREADABLE', goodFrames: 1 });
  });

  test('memory follows what arrives, not what a header promises', async () => {
    // 403 MB a frame
    const header = 'YUV4MPEG2 W8192 H8192 C444p16\nFRAME\n';
    const before = process.memoryUsage().arrayBuffers;
    const reading = await failure(all(once(Buffer.concat([Buffer.from(header), new Uint8Array(1000)]))));
    expect(reading).toEqual({ code: 'TRUNCATED', goodFrames: 0 });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  test('asks for a chunk only when a frame is asked for', async () => {
    let asked = 0;
    async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
      const bytes = y4m(
        SMALL,
        Array.from({ length: 100 }, () => new Uint8Array(12)),
      );
      for (let at = 0; at < bytes.length; at += 18) {
        asked++;
        yield bytes.subarray(at, at + 18);
      }
    }
    const video = await openVideo({ stream: counted() });
    await video.read();
    await new Promise((resolve) => setTimeout(resolve, 20));
    // the header spans two chunks, its frame another one or two
    expect(asked).toBeLessThanOrEqual(4);
    await video.close();
  });

  test("a frame's memory is its own unless it is handed back", async () => {
    const video = await openVideo({
      stream: once(
        y4m(
          SMALL,
          [1, 2, 3].map((value) => new Uint8Array(12).fill(value)),
        ),
      ),
    });
    const first = (await video.read()) as Frame;
    const second = (await video.read()) as Frame;
    expect([first.data[0], second.data[0]]).toEqual([1, 2]);
    const third = (await video.read(first)) as Frame;
    expect(third.data).toBe(first.data);
    expect([...third.data]).toEqual(Array.from({ length: 12 }, () => 3));
    expect(third.index).toBe(2);
    expect(await video.read(third)).toBeNull();
    await video.close();
  });
});
