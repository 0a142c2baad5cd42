import {
  type BitDepth,
  type ColourTags,
  type Frame,
  type FrameChroma,
  type FrameFormat,
  type FrameRate,
  planeSizes,
  VideoError,
} from '@vqforge/media';

/** Planar formats of decoded frames, and what ffmpeg calls them; others are refused, since their samples were converted. */
const FORMATS: ReadonlyMap<string, readonly [FrameChroma, BitDepth, string]> = new Map([
  ['I420', ['420', 8, 'yuv420p']],
  ['I420P10', ['420', 10, 'yuv420p10le']],
  ['I420P12', ['420', 12, 'yuv420p12le']],
  ['I422', ['422', 8, 'yuv422p']],
  ['I422P10', ['422', 10, 'yuv422p10le']],
  ['I422P12', ['422', 12, 'yuv422p12le']],
  ['I444', ['444', 8, 'yuv444p']],
  ['I444P10', ['444', 10, 'yuv444p10le']],
  ['I444P12', ['444', 12, 'yuv444p12le']],
]);

/** Words of WebCodecs that ffprobe has others for. */
const TAG_WORDS: ReadonlyMap<string, string> = new Map([
  ['bt2020-ncl', 'bt2020nc'],
  ['pq', 'smpte2084'],
  ['hlg', 'arib-std-b67'],
  ['linear', 'linear'],
]);

/** The facts that a container states of its clip. */
interface ContainerFacts {
  readonly name: string;
  readonly frameRate: FrameRate | null;
  /** Colours that the file states, not those of the decoder, which guesses where the file says nothing. */
  readonly colour: VideoColorSpaceInit;
}

/**
 * The format of decoded frames, in the words of files.
 *
 * @throws VideoError UNSUPPORTED for frames in a format whose samples are not the decoder's own
 */
export function decodedFormat(
  frame: VideoFrame,
  { name, frameRate, colour }: ContainerFacts,
): FrameFormat & { readonly pixelFormat: string } {
  const found = FORMATS.get(frame.format ?? '');
  if (found === undefined)
    throw new VideoError(
      'UNSUPPORTED',
      `${name} is decoded as ${frame.format ?? 'a picture without samples'}, expected one of ${[...FORMATS.keys()].join(', ')}; convert it with ffmpeg -i ${name} clip.y4m`,
    );
  const [chroma, bitDepth, pixelFormat] = found;
  const { width = 0, height = 0 } = frame.visibleRect ?? {};
  return {
    width,
    height,
    chroma,
    bitDepth,
    frameRate,
    range: frame.colorSpace.fullRange === true ? 'full' : 'limited',
    tags: tagsOf(colour),
    pixelFormat,
  };
}

function tagsOf({ matrix, transfer, primaries, fullRange }: VideoColorSpaceInit): ColourTags {
  const word = (tag: string): string => TAG_WORDS.get(tag) ?? tag;
  return {
    ...(fullRange === null || fullRange === undefined ? {} : { range: fullRange ? 'pc' : 'tv' }),
    ...(matrix ? { matrix: word(matrix) } : {}),
    ...(transfer ? { transfer: word(transfer) } : {}),
    ...(primaries ? { primaries: word(primaries) } : {}),
  };
}

/**
 * The samples of a decoded frame, plane after plane without padding.
 *
 * @param data memory of the frame's size, which is overwritten
 * @throws VideoError SIZE_CHANGED
 */
export async function copyFrame(
  name: string,
  frame: VideoFrame,
  { format, index, data }: Frame & { readonly data: Uint8Array },
): Promise<void> {
  const { luma, chromaWidth, chromaHeight, bytesPerSample } = planeSizes(format);
  const { width, height } = frame.visibleRect ?? { width: 0, height: 0 };
  const isSame =
    width === format.width &&
    height === format.height &&
    FORMATS.get(frame.format ?? '')?.[0] === format.chroma;
  if (!isSame)
    throw new VideoError(
      'SIZE_CHANGED',
      `${name} changes the size of its frames: frame ${index} is not ${format.width}×${format.height}; cut it there, or scale it to one size`,
      { goodFrames: index },
    );
  const chroma = chromaWidth * chromaHeight;
  const plane = (samples: number, columns: number): PlaneLayout => ({
    offset: samples * bytesPerSample,
    stride: columns * bytesPerSample,
  });
  await frame.copyTo(data, {
    layout: [plane(0, format.width), plane(luma, chromaWidth), plane(luma + chroma, chromaWidth)],
  });
}
