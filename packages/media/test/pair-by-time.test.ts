import { describe, expect, test } from 'vitest';
import { FrameSets } from '../src/frame-sets.ts';
import { openStream } from '../src/open-stream.ts';
import { pairByTime } from '../src/pair-by-time.ts';
import { generator } from './clips.ts';

const at = (rate: number, frames: number, start = 0): number[] =>
  Array.from({ length: frames }, (_, frame) => start + frame / rate);

describe('frames are paired by time', () => {
  test('at half and at twice the rate', () => {
    expect([...pairByTime(at(50, 6), at(25, 3)).frames]).toEqual([0, -1, 1, -1, 2, -1]);
    expect([...pairByTime(at(25, 3), at(50, 6)).frames]).toEqual([0, 2, 4]);
    expect(pairByTime(at(25, 3), at(50, 6))).toMatchObject({ paired: 3, farthest: 0 });
  });

  test('also where a container rounds them to milliseconds, and where frames are missing', () => {
    const exact = at(30000 / 1001, 12);
    const rounded = exact.map((time) => Math.round(time * 1000) / 1000).filter((_, frame) => frame !== 4);
    const { frames, paired, farthest } = pairByTime(exact, rounded);
    expect([...frames]).toEqual([0, 1, 2, 3, -1, 4, 5, 6, 7, 8, 9, 10]);
    expect(paired).toBe(11);
    expect(farthest).toBeLessThanOrEqual(5e-4);
  });

  test('with an offset, and with none at all', () => {
    expect([...pairByTime(at(25, 4), at(25, 4, 0.08), 0.08).frames]).toEqual([0, 1, 2, 3]);
    expect([...pairByTime(at(25, 4), at(25, 4), 0.08).frames]).toEqual([2, 3, -1, -1]);
    expect([...pairByTime(at(25, 3), []).frames]).toEqual([-1, -1, -1]);
    expect([...pairByTime([], at(25, 3)).frames]).toEqual([]);
  });

  test('each at most once, in order, whatever the times are', () => {
    const random = generator(3);
    for (let turn = 0; turn < 200; turn++) {
      const times = (): number[] => Array.from({ length: 30 }, () => random()).sort((a, b) => a - b);
      const paired = [...pairByTime(times(), times()).frames].filter((frame) => frame >= 0);
      expect(paired).toEqual([...new Set(paired)].sort((a, b) => a - b));
    }
  });
});

test('clips are read in pairs: frames without a partner come alone, others are passed over', async () => {
  const clip = (codes: readonly number[], rate: string): ReturnType<typeof openStream> =>
    openStream({
      stream: (async function* () {
        yield Buffer.from(`YUV4MPEG2 W1 H1 F${rate} Cmono\n`);
        for (const code of codes) yield Buffer.from([...Buffer.from('FRAME\n'), code]);
      })(),
    });
  const open = async (): Promise<FrameSets> =>
    FrameSets.of([await clip([0, 1, 2, 3, 4], '50:1'), await clip([10, 12, 14, 16, 18, 20], '25:1')], {
      pairs: [Int32Array.of(0, -1, 1, -1, 4)],
    });
  const sets = await open();
  const seen: (number | undefined)[][] = [];
  for (let set = await sets.read(); set !== null; set = await sets.read())
    seen.push([set.index, set.reference.data[0], set.distorted[0]?.data[0]]);
  expect(seen).toEqual([
    [0, 0, 10],
    [1, 1, undefined],
    [2, 2, 12],
    [3, 3, undefined],
    [4, 4, 18],
  ]);
  await sets.close();
});
