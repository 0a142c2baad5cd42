import { execFile, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { ByteReader, type ByteSource } from './byte-reader.ts';
import { endOf, stop } from './ended-process.ts';
import { missing } from './ffmpeg-reason.ts';
import { rawFraming } from './framing.ts';
import type { Frame, FrameFormat } from './frame.ts';
import { programOutput } from './program-output.ts';
import { VideoReader, type ReaderOptions } from './video-reader.ts';

/** How every picture is scaled: libswscale's bicubic, rounded alike on every machine. */
const FILTER = 'bicubic+accurate_rnd+bitexact';

interface Scaling {
  readonly width: number;
  readonly height: number;
  /** The program, found on PATH. */
  readonly ffmpeg: string;
}

/**
 * A clip of which no frame was read yet, scaled to another size in its own pixel format by ffmpeg: whatever it is and wherever it
 * comes from, its frames pass through a pipe there and back.
 *
 * @throws VideoError FFMPEG_MISSING | DECODE_FAILED
 */
export async function scaledVideo(
  video: VideoReader,
  { width, height, ffmpeg }: Scaling,
  options: ReaderOptions,
): Promise<VideoReader> {
  const { name, container, decoded, format } = video;
  const libswscale = await libswscaleVersion(name, ffmpeg);
  const bytes = new ByteReader(scaledBytes(video.withAllPlanes(), { width, height, ffmpeg }));
  const stream = {
    name,
    container,
    format: { ...format, width, height },
    bytes,
    framing: rawFraming(bytes),
    scaled: { width: format.width, height: format.height, filter: FILTER, libswscale },
    ...(decoded && { decoded }),
  };
  return new VideoReader(stream, options);
}

function scaledBytes(video: VideoReader, { width, height, ffmpeg }: Scaling): ByteSource {
  const pixelFormat = pixelFormatOf(video.format);
  const child = spawn(
    ffmpeg,
    [
      ...'-hide_banner -loglevel error -xerror -f rawvideo'.split(' '),
      '-pixel_format',
      pixelFormat,
      '-video_size',
      `${video.format.width}x${video.format.height}`,
      '-i',
      'pipe:0',
      ...'-fps_mode passthrough -autoscale 0 -vf'.split(' '),
      `scale=${width}:${height}:flags=${FILTER}`,
      '-pix_fmt',
      pixelFormat,
      ...'-f rawvideo -flush_packets 1 pipe:1'.split(' '),
    ],
    { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true },
  );
  const failed = (): string => `ffmpeg could not scale ${video.name}`;
  const ended = endOf(child, { clip: video.name, command: ffmpeg, failed });
  // what ends the reading is thrown after the frames before it
  const fed = feed(video, child.stdin);
  fed.catch(() => undefined);

  const all = ended.then(() => fed);
  return {
    chunks: programOutput(child.stdout, all),
    close: async () => {
      await stop(child, ended);
      await video.close();
    },
  };
}

/** Writes all frames, each when the one before it is gone, whose memory it takes. */
async function feed(video: VideoReader, input: Writable): Promise<void> {
  // a program that is gone says so by how it ended
  input.on('error', () => undefined);
  const write = (data: Uint8Array): Promise<boolean> =>
    new Promise((resolve) => {
      input.write(data, (error) => resolve(error === null || error === undefined));
    });
  try {
    let frame: Frame | null = null;
    do frame = await video.read(frame ?? undefined);
    while (frame !== null && (await write(frame.data)));
  } finally {
    input.end();
  }
}

/** ffmpeg's name of raw frames as readers hand them over. */
function pixelFormatOf({ chroma, bitDepth }: FrameFormat): string {
  if (chroma === 'rgb') return 'rgb24';
  const depth = bitDepth === 8 ? '' : `${bitDepth}le`;
  return chroma === '400' ? `gray${depth}` : `yuv${chroma}p${depth}`;
}

/**
 * The version of libswscale that ffmpeg runs with, such as `6.7.100`.
 *
 * @param name of the clip that is to be scaled, for messages
 * @throws VideoError FFMPEG_MISSING
 */
export async function libswscaleVersion(name: string, ffmpeg: string): Promise<string> {
  const asked = promisify(execFile)(ffmpeg, ['-version'], { windowsHide: true });
  const { stdout } = await asked.catch((error: NodeJS.ErrnoException) => {
    throw missing(name, ffmpeg, error);
  });
  // built with / runs with
  const [, version] = /^libswscale\s.*\/\s*([\d. ]+)$/m.exec(stdout) ?? [];
  return version?.replaceAll(/\s/g, '') ?? 'unknown';
}
