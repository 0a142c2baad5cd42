import { stat } from 'node:fs/promises';
import { planeSizes, type ClipInfo } from '@vqforge/media/facts';
import { imageFormatOfFile } from '@vqforge/media/tensors';
import type { FrameSelection } from './clip-request.ts';
import { ScoreError } from './errors.ts';

/**
 * Whether the inputs are still images, by their first bytes. Pipes are clips: their bytes can be read only once.
 *
 * @throws ScoreError BAD_INPUT when some are images and some are not
 */
export async function areImages(paths: readonly string[]): Promise<boolean> {
  const are = await Promise.all(paths.map(isImage));
  if (are.every((is) => is === are[0])) return are[0] === true;
  throw new ScoreError(
    'BAD_INPUT',
    `${paths[are.indexOf(true)]} is an image and ${paths[are.indexOf(false)]} is not, expected images or clips`,
  );
}

/** The first input whose bytes can be read only once: standard input, or a pipe. */
export async function firstStream(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const file = path === '-' ? undefined : await stat(path).catch(() => undefined);
    if (path === '-' || file?.isFIFO() === true) return path;
  }
  return undefined;
}

async function isImage(path: string): Promise<boolean> {
  const file = await stat(path).catch(() => undefined);
  return file?.isFile() === true && (await imageFormatOfFile(path)) !== null;
}

/** Frames that will be scored: as many as the reference has room for; null for a pipe, and for what ffmpeg decodes. */
export async function expectedFrames(
  path: string,
  { container, format }: Pick<ClipInfo, 'container' | 'format'>,
  { skipReference, subsample, count = Infinity }: FrameSelection,
): Promise<number | null> {
  const file = await stat(path).catch(() => undefined);
  if (file?.isFile() !== true || container === 'ffmpeg') return null;
  if (container === 'image') return 1;
  const bytes = planeSizes(format).bytes + (container === 'y4m' ? 'FRAME\n'.length : 0);
  return Math.max(0, Math.ceil(Math.min(count, Math.floor(file.size / bytes) - skipReference) / subsample));
}
