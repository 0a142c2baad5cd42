import { existsSync } from 'node:fs';
import { truncate, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryRoot } from '../../../testing/workspace.ts';
import { column, score, writeClip, writeLpips } from './clips.ts';
import { float64Lpips } from './float64-lpips.ts';

/** The two paths differ by the rounding of colour codes at halves at most; float32 runs agree to about 1e-7. */
const SAME_CONVERSION = 1e-5;
/** One run of N renditions and N runs differ by the order of float32 sums. */
const SAME_RUN = 1e-6;

let folder: string;
let model: string;
let reference: string;

beforeAll(async () => {
  folder = await temporaryRoot();
  model = await writeLpips(folder);
  reference = await writeClip(join(folder, 'ref.y4m'));
});

function named(name: string): string {
  return join(folder, `${name}.y4m`);
}

/** Infinite where one is longer. */
function largestDifference(got: readonly number[], expected: readonly number[]): number {
  if (got.length !== expected.length) return Infinity;
  return Math.max(...got.map((value, at) => Math.abs(value - (expected[at] as number))));
}

test.each([
  ['8 bits 4:2:0', {}],
  ['odd sides', { width: 41, height: 35 }],
  ['10 bits 4:2:2', { bitDepth: 10, chroma: '422' }],
  ['4:4:4', { chroma: '444' }],
] as const)('%s: as a float64 conversion and single runs of the model', async (name, format) => {
  const [ref, dist] = [named(`${name} ref`), named(`${name} dist`)];
  await writeClip(ref, format);
  await writeClip(dist, { ...format, seed: 9 });
  const result = await score({ reference: ref, distorted: [dist], lpips: { modelPath: model } });
  expect(
    largestDifference(column(result, 'lpips'), await float64Lpips(model, ref, dist)),
  ).toBeLessThanOrEqual(SAME_CONVERSION);
  expect(Math.min(...column(result, 'lpips'))).toBeGreaterThan(0);
});

test('a ladder of 8 renditions is 8 clips scored alone', async () => {
  const renditions = await Promise.all(
    Array.from({ length: 8 }, (_, at) => writeClip(named(`rung ${at}`), { seed: at })),
  );
  const environment = { VMAF_LPIPS_MODEL_PATH: model };
  const lpips = {};
  const ladder = await score({ reference, distorted: renditions, lpips, environment });
  expect(ladder.document.renditions?.map(({ metric }) => metric)).toEqual(
    renditions.map((_, at) => `lpips_${at}`),
  );
  for (const [at, path] of renditions.entries()) {
    const alone = await score({ reference, distorted: [path], lpips, environment });
    expect(largestDifference(column(ladder, `lpips_${at}`), column(alone, 'lpips'))).toBeLessThanOrEqual(
      SAME_RUN,
    );
  }
  // the first rung is the reference
  expect(column(ladder, 'lpips_0')).toEqual([0, 0, 0, 0]);
});

test('frames are skipped, subsampled and counted as libvmaf does', async () => {
  const dist = await writeClip(named('counted'), { frames: 9, seed: 5 });
  const ref = await writeClip(named('counted ref'), { frames: 9 });
  const request = { reference: ref, distorted: [dist], lpips: { modelPath: model } };
  const all = column(await score(request), 'lpips');
  const chosen = await score({
    ...request,
    selection: { skipReference: 2, skipDistorted: 2, subsample: 3, count: 5 },
  });
  expect(chosen.document.frames.map(({ frameNum }) => frameNum)).toEqual([0, 3]);
  expect(
    largestDifference(column(chosen, 'lpips'), [all[2] as number, all[5] as number]),
  ).toBeLessThanOrEqual(0);
});

test('the choice of colour reaches the frames, and the document says it', async () => {
  const dist = await writeClip(named('coloured'), { seed: 8 });
  const request = { reference, distorted: [dist], lpips: { modelPath: model } };
  const choices = [{}, { compat: 'fork' }, { matrix: 'bt2020' }, { range: 'full' }] as const;
  const results = [];
  for (const colour of choices) results.push(await score({ ...request, colour }));
  expect(new Set(results.map((result) => column(result, 'lpips')[0])).size).toBe(choices.length);
  expect(results.map(({ document }) => [document.colour, document.reference?.range])).toMatchObject([
    [{ compat: 'none', matrix: 'bt709', chroma_upsampling: 'nearest' }, 'limited'],
    [{ compat: 'fork', matrix: 'bt709' }, 'limited'],
    [{ compat: 'none', matrix: 'bt2020' }, 'limited'],
    [{ compat: 'none', matrix: 'bt709' }, 'full'],
  ]);
});

test('images are scored like frames', async () => {
  const pixels = Buffer.from(Array.from({ length: 40 * 33 * 3 }, (_, at) => (at * 37) % 256));
  const raw = { width: 40, height: 33, channels: 3 as const };
  const [ref, dist, small] = ['ref.png', 'dist.webp', 'small.png'].map((name) => join(folder, name));
  await sharp(pixels, { raw }).png().toFile(ref!);
  await sharp(
    pixels.map((value) => 255 - value),
    { raw },
  )
    .webp({ lossless: true })
    .toFile(dist!);
  await sharp(pixels, { raw }).resize(40, 32).png().toFile(small!);
  const request = { reference: ref!, lpips: { modelPath: model } };
  const result = await score({ ...request, distorted: [ref!, dist!] });
  expect(column(result, 'lpips_0')).toEqual([0]);
  expect(column(result, 'lpips_1')[0]).toBeGreaterThan(0.01);
  expect(result.document.reference).toMatchObject({ width: 40, height: 33, chroma: 'rgb', frame_rate: null });
  await expect(score({ ...request, distorted: [small!] })).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  await expect(score({ ...request, distorted: [reference] })).rejects.toMatchObject({ code: 'BAD_INPUT' });
});

describe('inputs that fail', () => {
  const request = (distorted: string): Parameters<typeof score>[0] => ({
    reference,
    distorted: [distorted],
    lpips: { modelPath: model },
  });

  test('a clip that ends early gives what was whole, marked', async () => {
    const short = await writeClip(named('short'), { frames: 3, seed: 2 });
    const { document, failure } = await score(request(short));
    expect(failure?.code).toBe('UNEQUAL_LENGTH');
    expect(document).toMatchObject({ partial: true, error: { code: 'UNEQUAL_LENGTH' } });
    expect(document.frames).toHaveLength(3);
  });

  test('a clip that is cut inside a frame, too', async () => {
    const cut = await writeClip(named('cut'), { seed: 2 });
    await truncate(cut, (await stat(cut)).size - 1);
    const { document, failure } = await score(request(cut));
    expect(failure?.code).toBe('TRUNCATED');
    expect(document.frames).toHaveLength(3);
    const whole = await score({
      ...request(cut),
      selection: { skipReference: 0, skipDistorted: 0, subsample: 1, count: 3 },
    });
    expect(whole.failure).toBeUndefined();
    expect(whole.document.frames).toEqual(document.frames);
  });

  test.each([
    ['another size', { width: 50 }, 'MISMATCH'],
    ['no frame', { frames: 0 }, 'NO_FRAMES'],
  ])('%s: no document', async (name, format, code) => {
    const path = await writeClip(named(name), format);
    await expect(score(request(path))).rejects.toMatchObject({ code });
  });

  test('sides below what the network takes never reach ONNX Runtime', async () => {
    const path = await writeClip(named('tiny'), { width: 16, height: 16 });
    await expect(score({ ...request(path), reference: path })).rejects.toMatchObject({ code: 'TOO_SMALL' });
  });

  test('no reference, no model, two standard inputs, an interrupt', async () => {
    await expect(score({ reference, distorted: [reference] })).rejects.toMatchObject({
      code: 'MISSING_REGISTRY',
    });
    await expect(score({ reference, distorted: [reference], lpips: {} })).rejects.toMatchObject({
      code: 'NO_LPIPS_MODEL',
    });
    await expect(score({ ...request(reference), reference: '-', distorted: ['-'] })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    await expect(score({ distorted: [], lpips: { modelPath: model } })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    await expect(score({ ...request(reference), signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});

const PINNED = fileURLToPath(new URL('../../../model/tiny/', import.meta.url));
const SHARED = fileURLToPath(new URL('../../../../shared/', import.meta.url));
const MODELS = {
  ours: join(PINNED, 'lpips_sq.onnx'),
  'the reference system': join(SHARED, 'reference', 'lpips_sq.onnx'),
};
const clips = existsSync(join(SHARED, 'clips'));
if (!clips) console.warn(`skipped: LPIPS of real clips: none in ${SHARED}`);

describe.each(Object.entries(MODELS))('LPIPS of %s', (name, path) => {
  if (!existsSync(path)) console.warn(`skipped: LPIPS of ${name}: ${path} is not there`);
  const request = { registry: PINNED, lpips: { modelPath: path } };

  test.skipIf(!existsSync(path))('golden values of patterns and of black against white', async () => {
    // measured with the reference system's model in ONNX Runtime 1.30, CPU, float32; ours differs by less than 2.4e-7
    const golden = [
      [64, 64, [0.07361801, 0.00247193, 0.10131197]],
      [65, 97, [0.10219247, 0.00266558, 0.11707668]],
      [324, 576, [0.09350125, 0.00262244, 0.14165495]],
    ] as const;
    for (const [height, width, expected] of golden) {
      const images = await patterns(height, width);
      const result = await score({ ...request, reference: images[0]!, distorted: images.slice(1) });
      expect(
        largestDifference(
          [0, 1, 2].flatMap((at) => column(result, `lpips_${at}`)),
          expected,
        ),
      ).toBeLessThanOrEqual(1e-6);
    }
    const [black, white] = [await flat(0), await flat(255)];
    const result = await score({ ...request, reference: black, distorted: [white, black] });
    expect(
      largestDifference([...column(result, 'lpips_0'), ...column(result, 'lpips_1')], [0.64209265, 0]),
    ).toBeLessThanOrEqual(1e-6);
  });

  test.skipIf(!existsSync(path) || !clips)(
    'real clips: as a float64 conversion and single runs',
    async () => {
      for (const [ref, dist] of [
        ['flower_ref_10bit', 'flower_crf38_10bit'],
        ['bunny_ref', 'bunny_crf34'],
      ]) {
        const [reference, distorted] = [ref, dist].map((clip) => join(SHARED, 'clips', `${clip}.y4m`));
        const result = await score({ ...request, reference: reference!, distorted: [distorted!] });
        expect(
          largestDifference(column(result, 'lpips'), await float64Lpips(path, reference!, distorted!)),
        ).toBeLessThanOrEqual(SAME_CONVERSION);
      }
    },
  );
});

/** Reference, wrapped, clipped, quantised: the patterns that the golden values are of. */
async function patterns(height: number, width: number): Promise<string[]> {
  const pixels = Uint8Array.from({ length: height * width * 3 }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    return [3 * x + 5 * y, 7 * x + 2 * y, x + 11 * y][at % 3]!;
  });
  const variants = [
    pixels,
    pixels.map((value) => value + 16),
    pixels.map((value) => Math.min(255, value + 16)),
    pixels.map((value) => value - (value % 32)),
  ];
  return Promise.all(variants.map((data, at) => png(`${width}x${height} ${at}`, data, width, height)));
}

function flat(value: number): Promise<string> {
  return png(`flat ${value}`, new Uint8Array(64 * 64 * 3).fill(value), 64, 64);
}

async function png(name: string, data: Uint8Array, width: number, height: number): Promise<string> {
  const path = join(folder, `${name}.png`);
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
  return path;
}
