import { sha256 } from '@vqforge/base';
import { ClipFrames } from '../../src/clips/clip-frames.ts';
import { openClip } from '../../src/clips/open-clip.ts';

/** The frames of a file as the page decodes them. */
export interface DecodedFile {
  readonly pixelFormat: string | undefined;
  readonly size: string;
  readonly frameRate: number | null;
  /** Second at which the first frame is shown. */
  readonly start: number | undefined;
  /** SHA-256 of each frame's samples. */
  readonly frames: readonly string[];
  /** The same of frames that were asked for by number, last first. */
  readonly sought: readonly string[];
}

declare global {
  // eslint-disable-next-line no-var
  var decodeFiles: () => Promise<(DecodedFile | string)[]>;
}

globalThis.decodeFiles = async () => {
  const { files } = document.querySelector('#files') as HTMLInputElement;
  const decoded: (DecodedFile | string)[] = [];
  for (const file of files ?? [])
    decoded.push(await decode(file).catch((error: unknown) => (error as Error).message));
  return decoded;
};

async function decode(file: File): Promise<DecodedFile> {
  const clip = { name: file.name, bytes: file };
  const source = await openClip({ file: clip });
  const { width, height, frameRate } = source.format;
  const frames: string[] = [];
  for (let frame = await source.read(); frame !== null; frame = await source.read(frame))
    frames.push(sha256(frame.data));
  await source.close();
  const seeker = new ClipFrames({ file: clip });
  const sought: string[] = [];
  for (const index of [frames.length - 1, 2, 5])
    sought.push(
      sha256((await seeker.frame(index)).data) === frames[index] ? 'same' : `frame ${index} differs`,
    );
  await seeker.close();
  return {
    pixelFormat: source.decoded?.pixelFormat,
    size: `${width}x${height}`,
    start: source.times?.[0],
    frameRate: frameRate === null ? null : frameRate.numerator / frameRate.denominator,
    frames,
    sought,
  };
}
