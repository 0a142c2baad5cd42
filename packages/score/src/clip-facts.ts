import { framesPerSecond, type ClipInfo } from '@vqforge/media/facts';
import type { ClipFacts } from './score-document.ts';

/** A clip as it was opened; `colour` and the tags that it does not honour where pixels become RGB. */
type OpenedClip = Pick<ClipInfo, 'name' | 'container' | 'format' | 'decoded' | 'scaled'> &
  Partial<Pick<ClipInfo, 'colour' | 'unhonoured'>>;

/** The facts of an opened clip that a document states. */
export function clipFacts(path: string, clip: OpenedClip): ClipFacts {
  const { format, colour, unhonoured = [], decoded, scaled } = clip;
  const { width, height, bitDepth, chroma, frameRate, tags = {} } = format;
  return {
    path,
    width,
    height,
    bit_depth: bitDepth,
    chroma,
    range: colour?.range ?? format.range ?? 'limited',
    ...(colour === undefined ? {} : { matrix: colour.matrix }),
    ...(Object.keys(tags).length === 0 ? {} : { colour_tags: tags }),
    ...(unhonoured.length === 0 ? {} : { not_honoured: unhonoured }),
    ...(decoded === null ? {} : { pixel_format: decoded.pixelFormat }),
    ...(decoded?.decoder === undefined ? {} : { decoder: decoded.decoder }),
    ...(decoded?.alpha === true ? { alpha: 'ignored' } : {}),
    ...(scaled === null ? {} : { scaled_from: scaled }),
    frame_rate: framesPerSecond(frameRate),
  };
}

/** Warnings about colour tags of clips that are not honoured, one line for each kind. */
export function clipWarnings(clips: readonly OpenedClip[]): string[] {
  const named = new Map<string, Set<string>>();
  for (const { name, unhonoured = [] } of clips)
    for (const tag of unhonoured) named.set(tag, (named.get(tag) ?? new Set()).add(name));
  const tags = [...named].map(
    ([tag, names]) =>
      `LPIPS cannot honour the ${tag} of ${[...names].join(', ')}; its codes are taken as those of standard dynamic range`,
  );
  const alpha = new Set(clips.filter(({ decoded }) => decoded?.alpha === true).map(({ name }) => name));
  return alpha.size === 0 ? tags : [...tags, `alpha of ${[...alpha].join(', ')} is ignored`];
}
