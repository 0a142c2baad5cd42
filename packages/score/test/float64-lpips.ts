import { readFile } from 'node:fs/promises';
import { openModel } from '@vqforge/runtime/node';

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

interface Y4m {
  readonly width: number;
  readonly height: number;
  readonly shiftX: number;
  readonly shiftY: number;
  readonly bits: number;
  readonly frames: readonly Buffer[];
}

/** Written from the Y4M description alone: no code of the product reads, converts or batches here. */
async function readY4m(path: string): Promise<Y4m> {
  const file = await readFile(path);
  let at = file.indexOf('\n') + 1;
  const header = file.subarray(0, at).toString('latin1');
  const field = (name: string): string => new RegExp(` ${name}(\\S+)`).exec(header)?.[1] as string;
  const [width, height, chroma] = [Number(field('W')), Number(field('H')), field('C')];
  const bits = /^4\d\dp1/.test(chroma) ? Number(chroma.slice(4)) : 8;
  const [shiftX, shiftY] = [chroma.startsWith('444') ? 0 : 1, chroma.startsWith('420') ? 1 : 0];
  const chromaPlane = ((width + shiftX) >> shiftX) * ((height + shiftY) >> shiftY);
  const bytes = (width * height + 2 * chromaPlane) * (bits > 8 ? 2 : 1);
  const frames = [];
  while (at < file.length) {
    at = file.indexOf('\n', at) + 1;
    frames.push(file.subarray(at, at + bytes));
    at += bytes;
  }
  return { width, height, shiftX, shiftY, bits, frames };
}

/** BT.709, limited range, nearest chroma, 8-bit RGB, all in float64: ITU-R BT.709-6 items 3.2 to 3.5. */
function tensor({ width, height, shiftX, shiftY, bits }: Y4m, frame: Buffer): Float32Array {
  const sample = (index: number): number =>
    (bits > 8 ? frame.readUInt16LE(2 * index) : (frame[index] as number)) / 2 ** (bits - 8);
  const chromaWidth = (width + shiftX) >> shiftX;
  const luma = width * height;
  const chromaPlane = chromaWidth * ((height + shiftY) >> shiftY);
  const out = new Float32Array(3 * luma);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y >> shiftY) * chromaWidth + (x >> shiftX);
      const [yn, cb, cr] = [
        (sample(y * width + x) - 16) / 219,
        (sample(luma + at) - 128) / 224,
        (sample(luma + chromaPlane + at) - 128) / 224,
      ];
      const rgb = [yn + 1.5748 * cr, yn - 0.187324 * cb - 0.468124 * cr, yn + 1.8556 * cb];
      rgb.forEach((value, channel) => {
        const code = Math.min(255, Math.max(0, Math.round(255 * value)));
        out[channel * luma + y * width + x] = (code / 255 - MEAN[channel]!) / STD[channel]!;
      });
    }
  }
  return out;
}

/** The distance of each pair of frames, one run of the model at a time. */
export async function float64Lpips(model: string, reference: string, distorted: string): Promise<number[]> {
  const opened = await openModel({ registry: '.', model, allowUnregistered: true, threads: 1 });
  const [ref, dist] = await Promise.all([readY4m(reference), readY4m(distorted)]);
  const dims = [1, 3, ref.height, ref.width];
  const scores: number[] = [];
  for (const [at, frame] of ref.frames.entries()) {
    const { score } = await opened.run({
      ref: { type: 'float32', dims, data: tensor(ref, frame) },
      dist: { type: 'float32', dims, data: tensor(dist, dist.frames[at] as Buffer) },
    });
    scores.push(score?.data[0] as number);
  }
  await opened.close();
  return scores;
}
