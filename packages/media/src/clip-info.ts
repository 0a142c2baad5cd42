import { defined } from '@vqforge/base';
import { colourOf, type ColourOptions } from './colour.ts';
import { unhonouredTags } from './colour-tags.ts';
import type { ClipInfo } from './tensor-calls.ts';
import type { FrameSource } from './video-reader.ts';

/** The facts of an opened clip, with the colour conversion that it gets. @throws VideoError as `colourOf` does */
export function clipInfo(video: FrameSource, options: ColourOptions): ClipInfo {
  const { name, container, format, decoded, scaled } = video;
  const isRgb = format.chroma === 'rgb';
  const unhonoured = unhonouredTags(format.tags, { isRgb, ...defined({ override: options.matrix }) });
  return { name, container, format, colour: colourOf(options, format), unhonoured, decoded, scaled };
}
