import { concatBytes, IMAGENET_MEAN, IMAGENET_STD } from '@vqforge/base';
import { float32Tensor, wasmEngine, type Session, type Tensor, type Tensors } from '@vqforge/ort';
import { maxAbsError } from '../parity.ts';
import { NET_LAYOUTS } from '../weights/lpips-tensors.ts';
import type { LpipsModelOptions } from './lpips-model.ts';
import { generatedScenes, type Scene } from './scenes.ts';
import { textbookModel } from './textbook-model.ts';

/**
 * Largest difference of a distance that is float32 rounding. With heads distances stay near 1, where it is about 1e-7;
 * without them a tap adds up to 2, and at the 14 of seven taps one float32 step is 1e-6.
 */
export function lpipsParityTolerance(heads: LpipsModelOptions['heads']): number {
  return heads === null ? 5e-6 : 1e-6;
}

/**
 * An exported LPIPS graph against upstream's code node for node, both in onnxruntime-web, on generated pairs. The exported
 * graph is given one reference and all its distorted images at once, the other one pair after another.
 *
 * @param model what `lpipsModel` gave for these options
 * @returns the largest difference of a score, or with `maps` of a term of one; NaN where either is not a number; and the
 * largest score or term itself
 */
export async function lpipsParity(
  model: Uint8Array,
  options: LpipsModelOptions,
): Promise<{ readonly maxAbsError: number; readonly largest: number; readonly pairs: number }> {
  // one thread, so that sums are taken in one order everywhere
  const engine = wasmEngine();
  const shipped = await engine.load(model);
  const textbook = await engine.load(textbookModel(options));
  const output = options.maps === true ? 'per_layer' : 'score';
  let worst = 0;
  let largest = 0;
  let pairs = 0;
  for (const scene of generatedScenes(NET_LAYOUTS[options.net].minimumSide)) {
    const scores = await run(shipped, output, shippedFeeds(scene, options.input ?? 'float32'));
    const expected: number[] = [];
    for (const dist of scene.dists)
      expected.push(...(await run(textbook, output, textbookFeeds(scene, dist))));
    const error = maxAbsError(scores, expected);
    if (!(error <= worst)) worst = error;
    largest = Math.max(largest, ...expected);
    pairs += scene.dists.length;
  }
  await Promise.all([shipped.release(), textbook.release()]);
  return { maxAbsError: worst, largest, pairs };
}

async function run(session: Session, output: string, feeds: Tensors): Promise<Float32Array> {
  const fetches = await session.run(feeds, [output]);
  return (fetches[output] as Tensor).data as Float32Array;
}

function shippedFeeds({ width, height, ref, dists }: Scene, input: 'float32' | 'uint8'): Tensors {
  const batch = (images: readonly Uint8Array[]): Tensor => {
    if (input === 'uint8') {
      return { type: 'uint8', data: concatBytes(images), dims: [images.length, height, width, 3] };
    }
    const normalised = (value: number, channel: number): number =>
      (value / 255 - (IMAGENET_MEAN[channel] as number)) / (IMAGENET_STD[channel] as number);
    return tensor(images, width, height, normalised);
  };
  return { ref: batch([ref]), dist: batch(dists) };
}

/** RGB in [-1, 1], as upstream's im2tensor makes it. */
function textbookFeeds({ width, height, ref }: Scene, dist: Uint8Array): Tensors {
  const image = (bytes: Uint8Array): Tensor => tensor([bytes], width, height, (value) => value / 127.5 - 1);
  return { ref: image(ref), dist: image(dist) };
}

/** [height, width, 3] bytes → [n, 3, height, width]. */
function tensor(
  images: readonly Uint8Array[],
  width: number,
  height: number,
  convert: (value: number, channel: number) => number,
): Tensor {
  const plane = width * height;
  const data = new Float32Array(images.length * 3 * plane);
  images.forEach((image, at) => {
    image.forEach((value, index) => {
      const channel = index % 3;
      data[(at * 3 + channel) * plane + Math.floor(index / 3)] = convert(value, channel);
    });
  });
  return float32Tensor(data, [images.length, 3, height, width]);
}
