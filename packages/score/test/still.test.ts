import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FrRegressor } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { temporaryRoot } from '../../../testing/workspace.ts';
import { column, score, writeLpips } from './clips.ts';

const REGISTRY = fileURLToPath(new URL('../../../model/tiny/', import.meta.url));
const [WIDTH, HEIGHT] = [56, 41];

let folder: string;
let images: { reference: string; distorted: string[] };

/** Grey: its luma is 16 + 219 · v / 255, whatever the weights of the colours. */
const greys = [0, 9].map((strength) =>
  Uint8Array.from({ length: WIDTH * HEIGHT }, (_, at) => {
    const wave = 120 + 60 * Math.sin((at % WIDTH) / 4) + 40 * Math.cos(at / WIDTH / 3);
    return Math.round(wave + strength * Math.sin(at * 1.7));
  }),
) as [Uint8Array, Uint8Array];

beforeAll(async () => {
  folder = await temporaryRoot();
  const [reference, distorted] = await Promise.all(
    greys.map(async (grey, at) => {
      const path = join(folder, `${at}.png`);
      const rgb = Uint8Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)] as number);
      await sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
        .png()
        .toFile(path);
      return path;
    }),
  );
  images = { reference: reference!, distorted: [distorted!] };
});

/** The same as a clip of one frame. */
async function asClip(grey: Uint8Array, name: string): Promise<string> {
  const path = join(folder, name);
  const luma = grey.map((value) => Math.round(16 + (219 * value) / 255));
  await writeFile(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} Cmono\nFRAME\n`), luma]));
  return path;
}

test('stills have the scores of clips of one frame, and a warning says that they have no motion', async () => {
  const clips = {
    reference: await asClip(greys[0], 'ref.y4m'),
    distorted: [await asClip(greys[1], 'dist.y4m')],
  };
  const stills = await score({ ...images, still: true, psnr: true, registry: REGISTRY });
  const expected = await score({ ...clips, psnr: true, registry: REGISTRY });
  expect(stills.document.frames).toStrictEqual(expected.document.frames);
  expect(stills.document.frames).toHaveLength(1);
  expect(stills.document.warnings).toStrictEqual([
    'still images have no motion: motion2 is 0, as in a clip that stands still',
  ]);
  expect(column(stills, 'fr_regressor_v1')[0]).toBeLessThan(99);
});

test('LPIPS beside it is that of the images', async () => {
  const lpips = { modelPath: await writeLpips(folder) };
  const both = await score({ ...images, still: true, registry: REGISTRY, lpips });
  const alone = await score({ ...images, lpips });
  expect(Object.keys(both.document.pooled_metrics)).toStrictEqual(['lpips', 'fr_regressor_v1']);
  expect(column(both, 'lpips')).toStrictEqual(column(alone, 'lpips'));
});

test('the regressor takes images only as stills, and stills are images', async () => {
  await expect(score({ ...images, tinyModel: 'fr_regressor_v1', registry: REGISTRY })).rejects.toMatchObject({
    code: 'MISSING_FEATURES',
    message: expect.stringContaining('--still'),
  });
  const clip = await asClip(greys[0], 'clip.y4m');
  await expect(
    score({ reference: clip, distorted: [clip], still: true, registry: REGISTRY }),
  ).rejects.toMatchObject({ code: 'BAD_INPUT' });
});

test('models that the caller opened score, and stay open', async () => {
  const model = await openModel({ registry: REGISTRY, model: 'fr_regressor_v1' });
  const opened = { regressor: FrRegressor.of(model) };
  const request = { ...images, still: true };
  const expected = await score({ ...request, registry: REGISTRY });
  for (let run = 0; run < 2; run++) {
    // no registry is there to open another one from
    const { document } = await score({ ...request, models: { opened } });
    expect(document).toStrictEqual(expected.document);
  }
  await model.close();
});
