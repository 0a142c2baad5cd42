import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FrRegressor, Lpips } from '@vqforge/runtime';
import { openModel } from '@vqforge/runtime/node';
import { imageToTensor } from '@vqforge/media';
import sharp from 'sharp';

const registry = fileURLToPath(new URL('../../../model/tiny', import.meta.url));
const ROWS = 256;
const IMAGES = 8;
const SIDE = 64;

/** What the library answers to the features and images that the clients send; no images without a model for them. */
export async function expectedAnswers() {
  const model = await openModel({ registry, model: 'fr_regressor_v1' });
  const features = Float32Array.from({ length: ROWS * 6 }, () => Math.random());
  const { scores } = await FrRegressor.of(model).score(features);
  await model.close();
  return { features, scores, pairs: await imagePairs() };
}

async function imagePairs() {
  if (!existsSync(new URL('../../../model/tiny/lpips_sq.onnx', import.meta.url))) {
    console.log('without LPIPS: the model is not here, vqforge weights pull and vqforge regenerate make it');
    return [];
  }
  const model = await openModel({ registry, model: 'vmaf_tiny_lpips_sq_v1' });
  const lpips = Lpips.of(model);
  const shape = { width: SIDE, height: SIDE, count: 1 };
  const images = [];
  for (let i = 0; i < IMAGES; i++) {
    const rgb = Uint8Array.from({ length: 3 * SIDE * SIDE }, () => 256 * Math.random());
    const png = await sharp(rgb, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .png()
      .toBuffer();
    images.push({ png, tensor: imageToTensor({ width: SIDE, height: SIDE, rgb }) });
  }
  const pairs = [];
  for (let i = 1; i < IMAGES; i++) {
    const [ref, dist] = [images[0], images[i]];
    pairs.push({ ref, dist, side: SIDE, distance: (await lpips.score(ref.tensor, dist.tensor, shape))[0] });
  }
  await model.close();
  return pairs;
}
