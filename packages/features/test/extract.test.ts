import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FeatureExtractor, motionScores } from '@vqforge/features';
import { extractFeatures, openFeatures, type FrameFeatures } from '@vqforge/features/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { vifClip } from './oracle-clips.ts';

const FRAMES = 37;
const SIZE = { width: 67, height: 41 };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vqforge-extract-'));
  for (const bitDepth of [8, 10] as const) {
    const pairs = Array.from({ length: FRAMES }, (_, f) =>
      vifClip({ kind: 'texture', bitDepth, ...SIZE }, f),
    );
    await writeY4m(
      `ref${bitDepth}.y4m`,
      bitDepth,
      pairs.map(({ reference }) => reference),
    );
    await writeY4m(
      `dist${bitDepth}.y4m`,
      bitDepth,
      pairs.map(({ distorted }) => distorted),
    );
  }
});

afterAll(async () => rm(folder, { recursive: true, force: true }));

const path = (name: string): string => join(folder, name);

/** 4:2:0, so that chroma lies between the luma planes. */
async function writeY4m(
  name: string,
  bitDepth: 8 | 10,
  planes: readonly (Uint8Array | Uint16Array)[],
): Promise<void> {
  const { width, height } = SIZE;
  const chroma = Buffer.alloc(2 * Math.ceil(width / 2) * Math.ceil(height / 2) * (bitDepth === 8 ? 1 : 2), 7);
  const parts = planes.flatMap((plane) => [
    Buffer.from('FRAME\n'),
    Buffer.from(plane.buffer, plane.byteOffset, plane.byteLength),
    chroma,
  ]);
  const header = `YUV4MPEG2 W${width} H${height} F25:1 C420${bitDepth === 8 ? '' : 'p10'}\n`;
  await writeFile(path(name), Buffer.concat([Buffer.from(header), ...parts]));
}

async function all(options: Parameters<typeof extractFeatures>[0]): Promise<FrameFeatures[]> {
  const frames: FrameFeatures[] = [];
  for await (const frame of extractFeatures(options)) frames.push(frame);
  return frames;
}

/** What one extractor in this thread says of the same frames. */
function direct(bitDepth: 8 | 10, frames = FRAMES): Omit<FrameFeatures, 'index'>[] {
  const extractor = new FeatureExtractor({ ...SIZE, bitDepth });
  const measured = Array.from({ length: frames }, (_, f) => {
    const { reference, distorted } = vifClip({ kind: 'texture', bitDepth, ...SIZE }, f);
    const sad = extractor.nextReference({ samples: reference });
    return { sad, pair: extractor.measure({ samples: distorted }) };
  });
  const motions = motionScores(
    measured.map(({ sad }) => sad),
    { ...SIZE, bitDepth },
  );
  return measured.map(({ pair }, f) => ({ motion: motions[f]!, renditions: [pair] }));
}

test.each([1, 2, 4, 'caller'] as const)(
  '%s threads give the numbers of one extractor, in frame order',
  async (threads) => {
    for (const bitDepth of [8, 10] as const) {
      const frames = await all({
        reference: path(`ref${bitDepth}.y4m`),
        distorted: [path(`dist${bitDepth}.y4m`)],
        threads,
      });
      expect(frames).toStrictEqual(direct(bitDepth).map((frame, index) => ({ index, ...frame })));
    }
  },
);

test('a ladder shares the reference and its motion', async () => {
  const [one, two] = [path('dist8.y4m'), path('ref8.y4m')];
  const frames = await all({ reference: path('ref8.y4m'), distorted: [one, two, one], threads: 2 });
  for (const [index, { motion, renditions }] of frames.entries()) {
    const expected = direct(8)[index]!;
    expect(motion).toStrictEqual(expected.motion);
    expect(renditions[0]).toStrictEqual(expected.renditions[0]);
    expect(renditions[2]).toStrictEqual(expected.renditions[0]);
    // not 1: libvmaf adds a contrast term in single precision to numerator and denominator
    expect(Math.abs(renditions[1]!.adm.adm2 - 1)).toBeLessThan(1e-4);
  }
});

test('frames that are passed over count for motion, as in libvmaf', async () => {
  const every = await all({ reference: path('ref8.y4m'), distorted: [path('dist8.y4m')] });
  const some = await all({ reference: path('ref8.y4m'), distorted: [path('dist8.y4m')], subsample: 3 });
  expect(some).toStrictEqual(every.filter(({ index }) => index % 3 === 0));
});

test('a clip may end early by choice, or begin later', async () => {
  const short = await all({ reference: path('ref8.y4m'), distorted: [path('dist8.y4m')], frameCount: 5 });
  expect(short).toStrictEqual(direct(8, 5).map((frame, index) => ({ index, ...frame })));
  const late = await all({
    reference: path('ref8.y4m'),
    distorted: [path('dist8.y4m')],
    skipReference: 4,
    skipDistorted: 4,
  });
  expect(late).toHaveLength(FRAMES - 4);
  expect(late[0]!.motion.motion).toBe(0);
  expect(late[3]!.renditions).toStrictEqual(direct(8)[7]!.renditions);
});

test('one frame has no motion, two have one', async () => {
  for (const frameCount of [1, 2]) {
    const frames = await all({ reference: path('ref8.y4m'), distorted: [path('dist8.y4m')], frameCount });
    const { motion } = direct(8)[1]!.motion;
    expect(frames.map((frame) => frame.motion.motion2)).toStrictEqual([0, motion].slice(0, frameCount));
  }
});

describe('what fails', () => {
  test('a clip that ends inside a frame gives the frames before it, then the error', async () => {
    const { width, height } = SIZE;
    const frame = 6 + width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
    const header = `YUV4MPEG2 W${width} H${height} F25:1 C420\n`.length;
    await writeFile(path('cut.y4m'), readFileSync(path('dist8.y4m')));
    await truncate(path('cut.y4m'), header + 20 * frame + 100);
    const frames: FrameFeatures[] = [];
    const reading = (async () => {
      for await (const given of extractFeatures({
        reference: path('ref8.y4m'),
        distorted: [path('cut.y4m')],
        threads: 2,
      }))
        frames.push(given);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'TRUNCATED' });
    expect(frames).toStrictEqual(direct(8, 20).map((given, index) => ({ index, ...given })));
  });

  test.each([
    ['other bit depths', { distorted: ['dist10.y4m'] }, 'MISMATCH'],
    ['a clip that is not there', { distorted: ['none.y4m'] }, 'UNREADABLE'],
    ['no thread', { threads: 0 }, 'INVALID_OPTION'],
    ['a gain limit under 1', { vifGainLimit: 0 }, 'INVALID_OPTION'],
    ['a motion of no version', { motion: 'v2' }, 'INVALID_OPTION'],
  ])('%s', async (_, change, code) => {
    const { distorted = ['dist8.y4m'], ...rest } = change as { distorted?: string[] };
    await expect(
      openFeatures({ reference: path('ref8.y4m'), distorted: distorted.map(path), ...rest }),
    ).rejects.toMatchObject({ code });
  });

  test('an abort ends the loop with INTERRUPTED', async () => {
    const controller = new AbortController();
    const stream = await openFeatures({
      reference: path('ref8.y4m'),
      distorted: [path('dist8.y4m')],
      signal: controller.signal,
    });
    const reading = (async () => {
      for await (const _ of stream.frames()) controller.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  test('leaving the loop closes clips and threads', async () => {
    const stream = await openFeatures({
      reference: path('ref8.y4m'),
      distorted: [path('dist8.y4m')],
      threads: 2,
    });
    const seen: number[] = [];
    for await (const { index } of stream.frames()) {
      seen.push(index);
      if (index === 3) break;
    }
    // and the test run ends, which it would not with a thread or a file left open
    expect(seen).toEqual([0, 1, 2, 3]);
  });
});

const CLIPS = fileURLToPath(new URL('../../../../shared/clips/', import.meta.url));
const areHere = existsSync(CLIPS);
if (!areHere) console.log('skipped: real clips with logs of libvmaf are not beside the repository');

test.skipIf(!areHere).each([
  ['flower_ref.y4m', 'flower_crf28'],
  ['flower_ref.y4m', 'flower_crf38'],
  ['flower_ref_10bit.y4m', 'flower_crf38_10bit'],
  ['bunny_ref.y4m', 'bunny_crf34'],
])("%s and %s: libvmaf's log at all six decimals", async (reference, name) => {
  const log = JSON.parse(readFileSync(join(CLIPS, `${name}.libvmaf.json`), 'utf8')) as {
    frames: { metrics: Record<string, number> }[];
  };
  const frames = await all({
    reference: join(CLIPS, reference),
    distorted: [join(CLIPS, `${name}.y4m`)],
    threads: 2,
    psnr: true,
  });
  expect(frames).toHaveLength(log.frames.length);
  for (const [index, { motion, renditions }] of frames.entries()) {
    const { vif, adm, psnr } = renditions[0]!;
    const mine: Record<string, number> = {
      integer_adm2: adm.adm2,
      integer_motion2: motion.motion2,
      ...Object.fromEntries(vif.scales.map(({ score }, scale) => [`integer_vif_scale${scale}`, score])),
      psnr_y: psnr!.y,
      psnr_cb: psnr!.cb!,
      psnr_cr: psnr!.cr!,
    };
    const logged = log.frames[index]!.metrics;
    const both = Object.keys(mine).filter((metric) => logged[metric] !== undefined);
    expect(both.length).toBeGreaterThanOrEqual(6);
    expect(both.map((metric) => [metric, mine[metric]!.toFixed(6)])).toEqual(
      both.map((metric) => [metric, logged[metric]!.toFixed(6)]),
    );
  }
});
