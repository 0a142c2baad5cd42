import { headTensors, sliceKey, trunkTensors, type LpipsNet } from '../../../src/weights/lpips-tensors.ts';
import { elementCount } from '../../../src/weights/state-dict.ts';
import { f32 } from './bytes.ts';
import { randomIntegers } from './random.ts';
import { floatStorage, type StorageSource, type TensorSource } from './torch-writer.ts';

const random = randomIntegers(1);
const BLOCK = Float32Array.from({ length: 65_521 }, () => random(2 ** 24) / 2 ** 23 - 1);

/** A block of random float32 numbers in [-1, 1) over and over, started at another place for each seed. */
function randomStorage(key: string, shape: readonly number[], seed: number): StorageSource {
  const values = new Float32Array(elementCount(shape));
  for (let at = 0, from = seed * 97; at < values.length; from = 0) {
    const piece = BLOCK.subarray(from, from + values.length - at);
    values.set(piece, at);
    at += piece.length;
  }
  return floatStorage(key, new Uint8Array(values.buffer));
}

/** torchvision's file of a net, random; `classifier` layers are tiny, as they are not read. */
export function torchvisionFile(net: LpipsNet): TensorSource[] {
  const trunk = trunkTensors(net).map(({ name, shape }, index) => ({
    name,
    shape,
    storage: randomStorage(`${index}`, shape, index),
  }));
  const classifier = { name: 'classifier.1.weight', shape: [2], storage: floatStorage('c', f32(1, 2)) };
  return [...trunk, classifier];
}

/** The heads as upstream ships them (`layer` 1) or without dropout (0). */
export function headsFile(net: LpipsNet, layer: 0 | 1, prefix = 'lin'): TensorSource[] {
  return headTensors(net).map(({ shape }, tap) => ({
    name: `${prefix}${tap}.model.${layer}.weight`,
    shape,
    storage: randomStorage(`h${tap}`, shape, 100 + tap),
  }));
}

/** What the Trainer saves: LPIPS().state_dict(), where `lins.N` shares the storages of `linN`. */
export function trainerFile(net: LpipsNet, layer: 0 | 1): TensorSource[] {
  const heads = headsFile(net, layer);
  const again = heads.map((head) => ({ ...head, name: head.name.replace(/^lin/, 'lins.') }));
  const trunk = torchvisionFile(net)
    .slice(0, -1)
    .map((tensor) => ({ ...tensor, name: sliceKey(net, tensor.name) }));
  const scaling = [
    {
      name: 'scaling_layer.shift',
      shape: [1, 3, 1, 1],
      storage: floatStorage('shift', f32(-0.03, -0.088, -0.188)),
    },
    {
      name: 'scaling_layer.scale',
      shape: [1, 3, 1, 1],
      storage: floatStorage('scale', f32(0.458, 0.448, 0.45)),
    },
  ];
  return [...scaling, ...trunk, ...heads, ...again];
}
