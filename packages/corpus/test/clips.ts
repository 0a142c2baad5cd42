import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface ClipShape {
  readonly width?: number;
  readonly height?: number;
  readonly frames?: number;
}

/** Moving stripes with noise on them, as Y4M of 8 bits, 4:0:0; a reference has no noise. */
export function clip(
  seed: number,
  noise: number,
  { width = 40, height = 36, frames = 3 }: ClipShape = {},
): Buffer {
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F25:1 Ip A1:1 Cmono\n`)];
  for (let frame = 0; frame < frames; frame++) {
    const luma = Buffer.alloc(width * height);
    for (let at = 0; at < luma.length; at++) {
      const stripe =
        60 * Math.sin(((at % width) + frame * (1 + seed)) / (3 + seed)) + 30 * Math.sin(at / (50 + seed));
      luma[at] = Math.round(128 + stripe + noise * Math.sin(at * at + frame));
    }
    parts.push(Buffer.from('FRAME\n'), luma);
  }
  return Buffer.concat(parts);
}

export interface CorpusShape extends ClipShape {
  readonly sources?: number;
  readonly renditions?: number;
}

/** The lines of a manifest whose clips lie in `<folder>/clips`. */
export async function writeClips(
  folder: string,
  { sources = 2, renditions = 2, ...shape }: CorpusShape = {},
): Promise<string[]> {
  const lines: string[] = [];
  for (let source = 0; source < sources; source++) {
    const reference = `clips/s${source}/ref.y4m`;
    await put(join(folder, reference), clip(source, 0, shape));
    for (let rendition = 0; rendition < renditions; rendition++) {
      const distorted = `clips/s${source}/s${source}_${rendition}.y4m`;
      await put(join(folder, distorted), clip(source, 4 + 9 * rendition, shape));
      lines.push(`s${source},${reference},${distorted},x26${4 + rendition},CC0-1.0`);
    }
  }
  return lines;
}

export const HEADER = 'source,reference,distorted,codec,license';

export async function writeManifest(
  folder: string,
  lines: readonly string[],
  name = 'corpus.csv',
): Promise<string> {
  return put(join(folder, name), `${[HEADER, ...lines].join('\n')}\n`);
}

export async function put(path: string, content: string | Uint8Array): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}
