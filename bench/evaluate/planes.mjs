import { tensorOf } from '../lpips/model.mjs';

const [MEAN, STD] = [
  [0.485, 0.456, 0.406],
  [0.229, 0.224, 0.225],
];

/** [64, 64, 3] bytes as a pair's half: [1, 3, 64, 64], ImageNet-normalised. */
export function planes(bytes) {
  const values = new Float32Array(bytes.length);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < 4096; pixel++)
      values[4096 * channel + pixel] = (bytes[3 * pixel + channel] / 255 - MEAN[channel]) / STD[channel];
  }
  return tensorOf(values, [1, 3, 64, 64]);
}
