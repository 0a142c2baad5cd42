import { defined } from '@vqforge/base';
import { availableParallelism } from 'node:os';
import type { BitDepth, RawFormat } from '@vqforge/media';
import type { FrameSelection } from '@vqforge/score';

import { UsageError } from './usage-error.ts';

/** The flags that say what raw YUV holds. */
interface RawFlags {
  readonly width?: number;
  readonly height?: number;
  readonly pixel_format?: RawFormat['chroma'];
  readonly bitdepth?: string;
}

/** The four flags belong together. @throws UsageError where only some are given */
export function rawFormat({
  width,
  height,
  pixel_format: chroma,
  bitdepth,
}: RawFlags): RawFormat | undefined {
  if ([width, height, chroma, bitdepth].every((value) => value === undefined)) return undefined;
  if (width === undefined || height === undefined || chroma === undefined || bitdepth === undefined)
    throw new UsageError(
      'raw YUV is described in part, expected --width, --height, --pixel_format and --bitdepth together (-w -h -p -b)',
    );
  return { width, height, chroma, bitDepth: Number(bitdepth) as BitDepth };
}

/** Which frames are read, as libvmaf's flags say. */
export function selectionOf(flags: {
  readonly frame_skip_ref: number;
  readonly frame_skip_dist: number;
  readonly subsample: number;
  readonly frame_cnt?: number;
}): FrameSelection {
  return {
    skipReference: flags.frame_skip_ref,
    skipDistorted: flags.frame_skip_dist,
    subsample: flags.subsample,
    ...defined({ count: flags.frame_cnt }),
  };
}

/** Threads that measure features: `--threads`, else one per core. */
export function featureThreads({ threads }: { readonly threads?: number }): number {
  return threads ?? availableParallelism();
}
