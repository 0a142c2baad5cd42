import { generator } from '../../../testing/generator.ts';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lpipsModel, readWeights, selectHeads, selectTrunk } from '@vqforge/export';
import { scoreClips, type ScoreOptions, type ScoreResult } from '@vqforge/score';
import { writeHeads, writeTrunk } from '../../../testing/weights-files.ts';

/** LPIPS with generated weights, as a file that no registry pins. */
export async function writeLpips(folder: string): Promise<string> {
  const trunk = readWeights(await readFile(await writeTrunk(join(folder, 'trunk.safetensors'), 'squeeze')));
  const heads = readWeights(await readFile(await writeHeads(join(folder, 'heads.safetensors'), 'squeeze')));
  const path = join(folder, 'lpips.onnx');
  const model = lpipsModel({
    net: 'squeeze',
    version: '0.1',
    trunk: selectTrunk(trunk.stateDict, 'squeeze'),
    heads: selectHeads(heads.stateDict, 'squeeze'),
  });
  await writeFile(path, model);
  return path;
}

export interface ClipFormat {
  readonly width?: number;
  readonly height?: number;
  readonly chroma?: '420' | '422' | '444';
  readonly bitDepth?: 8 | 10;
  readonly frames?: number;
  readonly seed?: number;
}

/** A Y4M clip of smooth colours with noise that grows with the seed. */
export async function writeClip(path: string, format: ClipFormat = {}): Promise<string> {
  const { width = 48, height = 40, chroma = '420', bitDepth = 8, frames = 4, seed = 0 } = format;
  const random = generator(seed + 1);
  const chromaWidth = chroma === '444' ? width : Math.ceil(width / 2);
  const chromaHeight = chroma === '420' ? Math.ceil(height / 2) : height;
  const planes = [
    [width, height],
    [chromaWidth, chromaHeight],
    [chromaWidth, chromaHeight],
  ] as const;
  const depth = bitDepth === 8 ? '' : `p${bitDepth}`;
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F25:1 Ip A1:1 C${chroma}${depth}\n`)];
  for (let frame = 0; frame < frames; frame++) {
    parts.push(Buffer.from('FRAME\n'));
    for (const [planeWidth, planeHeight] of planes) {
      const samples = Array.from({ length: planeWidth * planeHeight }, (_, at) => {
        const [x, y] = [at % planeWidth, Math.floor(at / planeWidth)];
        const wave = 128 + 60 * Math.sin((x + 3 * frame) / 7) + 40 * Math.cos(y / 5);
        return Math.round((wave + seed * 4 * (random() - 0.5)) * 2 ** (bitDepth - 8));
      });
      parts.push(
        bitDepth === 8
          ? Buffer.from(Uint8Array.from(samples))
          : Buffer.from(Uint16Array.from(samples).buffer),
      );
    }
  }
  await writeFile(path, Buffer.concat(parts));
  return path;
}

/** Scores with what the command line would fill in. */
export function score(
  change: Partial<ScoreOptions> & { readonly registry?: string } = {},
): Promise<ScoreResult> {
  const { registry = 'missing', ...options } = change;
  return scoreClips({
    distorted: [],
    selection: { skipReference: 0, skipDistorted: 0, subsample: 1 },
    colour: {},
    featuresFrom: [],
    environment: {},
    models: { registry, allowUnregistered: true, threads: 1 },
    version: '0.1.0',
    now: () => 0,
    ...options,
  });
}

export function column({ document }: ScoreResult, metric: string): number[] {
  return document.frames.map(({ metrics }) => metrics[metric] as number);
}
