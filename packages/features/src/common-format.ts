import type { FrameSource } from '@vqforge/media';
import { FeaturesError } from './errors.ts';
import { checkFormat, type LumaFormat } from './luma-plane.ts';

type OpenedClip = Pick<FrameSource, 'name' | 'format'>;

/**
 * The format in which a reference and its renditions are measured.
 *
 * @throws FeaturesError MISMATCH when bit depths differ; TOO_SMALL | TOO_LARGE | UNSUPPORTED_DEPTH
 */
export function commonFormat({
  reference,
  distorted,
}: {
  readonly reference: OpenedClip;
  readonly distorted: readonly OpenedClip[];
}): LumaFormat {
  const { width, height, bitDepth } = reference.format;
  const other = distorted.find(({ format }) => format.bitDepth !== bitDepth);
  if (other !== undefined)
    throw new FeaturesError(
      'MISMATCH',
      `${other.name} has ${other.format.bitDepth} bits, the reference ${reference.name} has ${bitDepth}; features need one bit depth, convert one of them`,
    );
  checkFormat({ width, height, bitDepth });
  return { width, height, bitDepth };
}
