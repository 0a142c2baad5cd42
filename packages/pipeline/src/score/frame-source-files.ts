import { stat } from 'node:fs/promises';
import {
  colourOf,
  framesPerSecond,
  frameToTensor,
  imageFormatOfFile,
  imageToTensor,
  openVideo,
  readImage,
  type Frame,
  type RawFormat,
  type VideoReader,
} from '@vqforge/runtime/video';
import { PipelineError } from '../errors.ts';
import type { ClipInput, ColourChoice } from './frame-messages.ts';
import type { ClipFacts } from './score-document.ts';

/** Writes one image as [3, height, width]. */
export type WriteTensor = (out: Float32Array) => void;

/** A clip or an image, as the tensors of its frames. */
export interface FrameSource {
  readonly facts: ClipFacts;
  /** Frames in it; null when only reading tells. */
  readonly frames: number | null;
  /** The next frame, valid until the one after it is asked for; null after the last. */
  next(): Promise<WriteTensor | null>;
  close(): Promise<void>;
}

/** @throws VideoError; PipelineError BAD_INPUT when only part of the format of raw YUV is given */
export async function openFrameSource(input: ClipInput, colour: ColourChoice): Promise<FrameSource> {
  const file = await stat(input.path).catch(() => undefined);
  // pipes are not looked into: what is read is gone
  const isImage = file?.isFile() === true && (await imageFormatOfFile(input.path)) !== null;
  return isImage
    ? imageSource(input.path)
    : videoSource(input, colour, file?.isFile() === true ? file.size : null);
}

async function imageSource(path: string): Promise<FrameSource> {
  const image = await readImage(path);
  const { width, height } = image;
  let isRead = false;
  return {
    facts: {
      path,
      width,
      height,
      bit_depth: image.source.bits,
      chroma: 'rgb',
      range: 'full',
      frame_rate: null,
    },
    frames: 1,
    next: async () => {
      if (isRead) return null;
      isRead = true;
      return (out) => void imageToTensor(image, out);
    },
    close: async () => undefined,
  };
}

async function videoSource(
  input: ClipInput,
  colour: ColourChoice,
  bytes: number | null,
): Promise<FrameSource> {
  const { path } = input;
  const raw = rawFormat(input);
  const video = await openVideo({ path }, raw === undefined ? {} : { raw });
  const { width, height, bitDepth, chroma, frameRate } = video;
  let frame: Frame | null | undefined;
  return {
    facts: {
      path,
      width,
      height,
      bit_depth: bitDepth,
      chroma,
      range: colourOf(colour, video).range,
      frame_rate: framesPerSecond(frameRate),
    },
    frames: bytes === null ? null : framesIn(bytes, video),
    next: async () => {
      // a frame that was scored gives its memory to the next
      frame = await video.read(frame ?? undefined);
      const read = frame;
      return read === null ? null : (out) => void frameToTensor(read, colour, out);
    },
    close: () => video.close(),
  };
}

/** The four flags belong together; a file that is not raw YUV refuses them. */
function rawFormat({ path, width, height, pixelFormat, bitDepth }: ClipInput): RawFormat | undefined {
  if (/\.y4m$/i.test(path)) return undefined;
  const given = [width, height, pixelFormat, bitDepth].filter((value) => value !== undefined);
  if (given.length === 0) return undefined;
  if (width === undefined || height === undefined || pixelFormat === undefined || bitDepth === undefined)
    throw new PipelineError(
      'BAD_INPUT',
      `${path} is raw YUV of which only a part is described; give --width, --height, --pixel_format and --bitdepth`,
    );
  return { width, height, chroma: pixelFormat, bitDepth };
}

/** As many whole frames as the file has room for; what ffmpeg decodes has no such relation. */
function framesIn(bytes: number, { container, width, height, chroma, bitDepth }: VideoReader): number | null {
  if (container === 'ffmpeg') return null;
  const chromaWidth = chroma === '400' ? 0 : chroma === '444' ? width : Math.ceil(width / 2);
  const chromaHeight = chroma === '420' ? Math.ceil(height / 2) : height;
  const samples = width * height + 2 * chromaWidth * chromaHeight;
  const frame = samples * (bitDepth === 8 ? 1 : 2) + (container === 'y4m' ? 'FRAME\n'.length : 0);
  return Math.floor(bytes / frame);
}
