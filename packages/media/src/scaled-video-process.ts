import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { ByteReader, type ByteSource } from './byte-reader.ts';
import { VideoError } from './errors.ts';
import { missing, reasonIn } from './ffmpeg-reason.ts';
import { rawFraming } from './framing.ts';
import type { Frame, FrameFormat } from './frame.ts';
import { programOutput } from './program-output.ts';
import { VideoReader, type ReaderOptions } from './video-reader.ts';

/** How every picture is scaled: libswscale's bicubic, rounded alike on every machine. */
const FILTER = 'bicubic+accurate_rnd+bitexact';

/** ffmpeg's last lines. */
const STDERR_CHARACTERS = 4096;

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
  const scaled = {
    width: video.width,
    height: video.height,
    filter: FILTER,
    libswscale: await libswscaleVersion(video.name, ffmpeg),
  };
  const source = video.withAllPlanes();
  const bytes = new ByteReader(scaledBytes(source, { width, height, ffmpeg }));
  const { name, container, decoded } = video;
  const format = { ...video.format, width, height };
  return new VideoReader(
    {
      name,
      container,
      format,
      bytes,
      framing: rawFraming(bytes),
      scaled,
      ...(decoded === null ? {} : { decoded }),
    },
    options,
  );
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
      `${video.width}x${video.height}`,
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
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARACTERS);
  });
  const ended = (once(child, 'close') as Promise<[number | null]>).then(
    ([code]) => {
      if (code === 0) return;
      throw new VideoError('DECODE_FAILED', `ffmpeg could not scale ${video.name}${reasonIn(stderr)}`);
    },
    (error: NodeJS.ErrnoException) => {
      throw missing(video.name, ffmpeg, error);
    },
  );
  ended.catch(() => undefined);
  // what ends the reading is thrown after the frames before it
  const fed = feed(video, child.stdin);
  fed.catch(() => undefined);

  return {
    chunks: programOutput(
      child.stdout,
      ended.then(() => fed),
    ),
    close: async () => {
      child.kill('SIGKILL');
      for (const stream of child.stdio) stream?.destroy();
      await ended.catch(() => undefined);
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
  const { stdout } = await promisify(execFile)(ffmpeg, ['-version'], { windowsHide: true }).catch(
    (error: NodeJS.ErrnoException) => {
      throw missing(name, ffmpeg, error);
    },
  );
  // built with / runs with
  const [, version] = /^libswscale\s.*\/\s*([\d. ]+)$/m.exec(stdout) ?? [];
  return version?.replaceAll(/\s/g, '') ?? 'unknown';
}
