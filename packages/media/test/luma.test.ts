import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BitDepth, type Chroma } from '../src/frame.ts';
import { lumaOf } from '../src/luma.ts';
import { openLuma, openLumaSets, type LumaOptions } from '../src/open-luma.ts';
import { frameOf, generator, inChunks, integer, noise, once, pick, y4m } from './clips.ts';
import { failure } from './reading.ts';

const CHROMAS: readonly Chroma[] = ['400', '420', '422', '444'];
const DEPTHS: readonly BitDepth[] = [8, 10, 12, 16];
const SMALL = { width: 4, height: 2, chroma: '420', bitDepth: 8 } as const;
const FRAMES = [1, 2, 3, 4, 5].map((value) => new Uint8Array(12).fill(value));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-luma-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Samples at their places, read one by one. */
function samplesAt(data: Uint8Array, bitDepth: BitDepth, from: number, to: number): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: to - from }, (_, at) =>
    bitDepth === 8 ? view.getUint8(from + at) : view.getUint16(2 * (from + at), true),
  );
}

/** Copies of all luma planes. */
async function lumas(stream: AsyncIterable<Uint8Array>, options: LumaOptions = {}): Promise<number[][]> {
  const clip = await openLuma({ stream }, options);
  const planes = [];
  for await (const { luma } of clip.frames()) planes.push([...luma]);
  return planes;
}

describe('openLuma', () => {
  test('the first plane of every frame, chroma passed over or beside it, Y4M or raw, in chunks of any length', async () => {
    const random = generator(11);
    for (let round = 0; round < 200; round++) {
      const shape = {
        width: integer(random, 1, 9),
        height: integer(random, 1, 9),
        chroma: pick(random, CHROMAS),
        bitDepth: pick(random, DEPTHS),
      };
      const written = Array.from({ length: integer(random, 1, 4) }, () => noise(shape, random));
      const isRaw = round % 2 === 0;
      const bytes = isRaw ? Buffer.concat(written) : y4m(shape, written);
      const withChroma = round % 3 === 0;
      const clip = await openLuma(
        { stream: inChunks(bytes, random) },
        { chroma: withChroma, ...(isRaw ? { raw: shape } : {}) },
      );
      expect(clip.format).toMatchObject(shape);
      let index = 0;
      const plane = shape.width * shape.height;
      for await (const frame of clip.frames()) {
        const data = written[index] as Uint8Array;
        expect(frame).toMatchObject({ index, width: shape.width, height: shape.height, stride: shape.width });
        expect(frame.luma).toBeInstanceOf(shape.bitDepth === 8 ? Uint8Array : Uint16Array);
        expect([...frame.luma]).toEqual(samplesAt(data, shape.bitDepth, 0, plane));
        const all = data.length / (shape.bitDepth === 8 ? 1 : 2);
        const expected = withChroma && shape.chroma !== '400';
        expect(frame.chroma !== null).toBe(expected);
        const { cb = [], cr = [], width = 0, height = 0 } = frame.chroma ?? {};
        expect([...cb, ...cr]).toEqual(expected ? samplesAt(data, shape.bitDepth, plane, all) : []);
        expect(width * height).toBe(expected ? (all - plane) / 2 : 0);
        index++;
      }
      expect(index).toBe(written.length);
    }
  });

  test('a clip that ends inside a frame, in its luma or in its chroma', async () => {
    const bytes = y4m(SMALL, FRAMES);
    for (const missing of [1, 4, 5, 11, 12])
      expect(await failure(lumas(once(bytes.subarray(0, bytes.length - missing))))).toEqual({
        code: 'TRUNCATED',
        goodFrames: 4,
      });
    const raw = Buffer.concat(FRAMES);
    expect(await failure(lumas(once(raw.subarray(0, 25)), { raw: SMALL }))).toEqual({
      code: 'TRUNCATED',
      goodFrames: 2,
    });
  });

  test('memory goes around: a plane is valid until `keep` more were asked for', async () => {
    for (const keep of [1, 3]) {
      const clip = await openLuma({ stream: once(y4m(SMALL, FRAMES)) }, { keep });
      const seen = [];
      for (let frame = await clip.read(); frame !== null; frame = await clip.read()) {
        seen.push(frame);
        for (const kept of seen.slice(-keep)) expect([...kept.luma]).toEqual(Array(8).fill(kept.index + 1));
      }
      expect(new Set(seen.map(({ luma }) => luma.buffer)).size).toBe(keep);
      await clip.close();
    }
  });

  test('memory that was moved away is replaced', async () => {
    const clip = await openLuma({ stream: once(y4m(SMALL, FRAMES)) });
    const moved = [];
    for await (const { luma } of clip.frames())
      moved.push(structuredClone(luma, { transfer: [luma.buffer as ArrayBuffer] }));
    expect(moved.map((luma) => luma[7])).toEqual([1, 2, 3, 4, 5]);
  });

  test('memory of the caller, for luma alone', async () => {
    const sizes: number[] = [];
    const clip = await openLuma(
      { stream: once(y4m(SMALL, FRAMES)) },
      {
        allocate(bytes) {
          sizes.push(bytes);
          return new SharedArrayBuffer(bytes);
        },
      },
    );
    for await (const { luma, index } of clip.frames()) {
      expect(luma.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect([...luma]).toEqual(Array(8).fill(index + 1));
    }
    expect(sizes).toEqual([8]);
  });

  test('reads no further than it is asked to', async () => {
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
    const clip = await openLuma({ stream: counted() });
    await clip.read();
    await new Promise((resolve) => setTimeout(resolve, 20));
    // the header spans two chunks, its frame another one or two, and the line of the next frame may begin a new one
    expect(asked).toBeLessThanOrEqual(5);
    await clip.close();
  });

  test('a signal ends a reading that waits, and an opening', async () => {
    const stop = new AbortController();
    async function* stuck(): AsyncGenerator<Uint8Array, void, undefined> {
      yield y4m(SMALL, FRAMES.slice(0, 2)).subarray(0, -3);
      await new Promise(() => undefined);
    }
    const clip = await openLuma({ stream: stuck() }, { signal: stop.signal });
    expect((await clip.read())?.index).toBe(0);
    const reading = failure(clip.read());
    stop.abort();
    expect(await reading).toEqual({ code: 'INTERRUPTED', goodFrames: 1 });
    expect(await failure(clip.read())).toEqual({ code: 'INTERRUPTED', goodFrames: 1 });
    const opening = openLuma({ stream: stuck() }, { signal: stop.signal });
    expect((await failure(opening)).code).toBe('INTERRUPTED');
  });

  test('refuses to keep less than one frame', async () => {
    for (const keep of [0, 1.5, Number.NaN])
      expect((await failure(openLuma({ stream: once(y4m(SMALL, FRAMES)) }, { keep }))).code).toBe(
        'INVALID_OPTION',
      );
  });
});

describe('openLumaSets', () => {
  test('reference and renditions together, with the selection and the checks of a comparison', async () => {
    const path = (name: string): string => join(folder, name);
    await writeFile(path('ref.y4m'), y4m(SMALL, FRAMES));
    await writeFile(
      path('dist.y4m'),
      y4m(
        SMALL,
        FRAMES.map((frame) => frame.map((value) => value + 10)),
      ),
    );
    await writeFile(path('short.y4m'), y4m(SMALL, FRAMES.slice(0, 3)));
    const clips = await openLumaSets({
      reference: path('ref.y4m'),
      distorted: [path('dist.y4m')],
      skipReference: 1,
      skipDistorted: 1,
      subsample: 2,
      keep: 3,
    });
    expect(clips.reference.format).toMatchObject(SMALL);
    const sets = [];
    for await (const set of clips.sets()) sets.push(set);
    // both are still valid when the end was found
    expect(
      sets.map(({ index, reference, distorted }) => [index, reference.luma[7], distorted[0]?.luma[0]]),
    ).toEqual([
      [0, 2, 12],
      [2, 4, 14],
    ]);
    const unequal = await openLumaSets({ reference: path('ref.y4m'), distorted: [path('short.y4m')] });
    const reading = (async () => {
      for await (const { reference } of unequal.sets()) expect(reference.chroma).toBeNull();
    })();
    expect(await failure(reading)).toEqual({ code: 'UNEQUAL_LENGTH', goodFrames: 3 });
  });
});

test('a frame of another length is refused', () => {
  expect(() => lumaOf(frameOf(SMALL, new Uint8Array(11)))).toThrow(
    /holds 8 luma samples and 4 of chroma, got 11/,
  );
});
