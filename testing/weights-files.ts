import { generator } from './generator.ts';
import { writeFile } from 'node:fs/promises';
import { headTensors, trunkTensors, type LpipsNet } from '@vqforge/export';

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A safetensors file of generated float32 weights: uniform with He's variance times `scale`. */
async function writeSafetensors(
  path: string,
  tensors: readonly Tensor[],
  draw: (shape: readonly number[]) => () => number,
): Promise<string> {
  const header: Record<string, object> = {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const { name, shape } of tensors) {
    const next = draw(shape);
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, (offset += values.byteLength)] };
    parts.push(new Uint8Array(values.buffer));
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  await writeFile(path, Buffer.concat([length, text, ...parts]));
  return path;
}

/** A trunk under torchvision's names. */
export function writeTrunk(path: string, net: LpipsNet, scale = 1): Promise<string> {
  const random = generator(3);
  return writeSafetensors(path, trunkTensors(net), (shape) => {
    const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
    const bound = shape.length === 1 ? 0.02 : scale * Math.sqrt(6 / fanIn);
    return () => bound * (2 * random() - 1);
  });
}

/** Heads under the names of upstream's files. */
export function writeHeads(path: string, net: LpipsNet): Promise<string> {
  const random = generator(5);
  const named = headTensors(net).map(({ shape }, tap) => ({ name: `lin${tap}.model.1.weight`, shape }));
  return writeSafetensors(path, named, () => () => 0.1 * random());
}
