import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  headTensors,
  lpipsModel,
  selectHeads,
  selectTrunk,
  trunkTensors,
  type StateDict,
} from '@vqforge/export';

/** LPIPS with made-up weights, as a file that no registry pins. */
export async function writeLpips(folder: string): Promise<string> {
  const path = join(folder, 'made-up.onnx');
  const heads = headTensors('squeeze').map(({ shape }, tap) => ({ name: `lin${tap}.model.1.weight`, shape }));
  const model = lpipsModel({
    net: 'squeeze',
    version: '0.1',
    trunk: selectTrunk(stateDict(trunkTensors('squeeze'), -0.5), 'squeeze'),
    heads: selectHeads(stateDict(heads, 0), 'squeeze'),
  });
  await writeFile(path, model);
  return path;
}

/** Uniform with He's variance from `low` on: a 32-bit linear congruential generator (Numerical Recipes' constants). */
function stateDict(tensors: readonly { name: string; shape: readonly number[] }[], low: number): StateDict {
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return new Map(
    tensors.map(({ name, shape }) => {
      const scale = Math.sqrt(
        24 /
          Math.max(
            1,
            shape.slice(1).reduce((a, b) => a * b, 1),
          ),
      );
      const length = shape.reduce((a, b) => a * b, 1);
      const values = Float32Array.from({ length }, () => scale * (random() + low));
      return [name, { dtype: 'f32', shape, bytes: new Uint8Array(values.buffer) }] as const;
    }),
  );
}

export const CLIP = { width: 48, height: 40, frames: 5 };

/** A clip of stripes, as raw 4:2:0 of 8 bits; more noise makes it less like that of 0. */
export function rawClip(noise: number, { width, height, frames }: typeof CLIP = CLIP): Buffer {
  const luma = width * height;
  return Buffer.from(
    Uint8Array.from({ length: ((frames * luma) / 2) * 3 }, (_, at) => {
      const stripe = 60 * Math.sin((at % width) / 5);
      return 128 + stripe + noise * Math.sin(at * at);
    }),
  );
}

/** The same frames as Y4M. */
export function y4mClip(noise: number, size: typeof CLIP = CLIP): Buffer {
  const raw = rawClip(noise, size);
  const bytes = raw.length / size.frames;
  return Buffer.concat([
    Buffer.from(`YUV4MPEG2 W${size.width} H${size.height} F25:1 C420\n`),
    ...Array.from({ length: size.frames }, (_, at) =>
      Buffer.concat([Buffer.from('FRAME\n'), raw.subarray(at * bytes, (at + 1) * bytes)]),
    ),
  ]);
}
