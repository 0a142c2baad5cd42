import { planeSizes } from '@vqforge/media';
import { type ClipFile, sizeOf } from './clip-file.ts';
import type { OpenedClip } from './open-clip.ts';

/** Frames of a file, as its container says, or as its size does: Y4M and raw YUV hold frames of one size. Null for others. */
export function framesIn(file: ClipFile, { container, format, times }: OpenedClip): number | null {
  if (container === 'image') return 1;
  if (times !== undefined) return times.length;
  if (container !== 'y4m' && container !== 'raw') return null;
  const bytes = planeSizes(format).bytes + (container === 'y4m' ? 'FRAME\n'.length : 0);
  return Math.floor(sizeOf(file) / bytes);
}
