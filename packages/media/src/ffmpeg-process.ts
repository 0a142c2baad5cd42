import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { ByteReader } from './byte-reader.ts';
import { VideoError } from './errors.ts';
import { endOf, stop } from './ended-process.ts';
import { frameSumFraming, readDimensions } from './frame-sums.ts';
import { planeSizes, type FrameFormat } from './frame.ts';
import type { Framing } from './framing.ts';
import { programOutput } from './program-output.ts';
import type { DecodedFormat } from './pixel-format.ts';

/** Decoded frames of a file, with what says how large each of them is. */
interface DecodedVideo {
  /** Size of the first frame. */
  readonly width: number;
  readonly height: number;
  readonly bytes: ByteReader;
  framing(format: FrameFormat): Framing;
}

interface Decoding {
  readonly path: string;
  /** The program, found on PATH. */
  readonly command: string;
  readonly format: DecodedFormat;
  /** Size of the first frame, as ffprobe says. */
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes the first video stream of any file with ffmpeg (5.1 or newer), every frame once, as raw video of a given format on one
 * pipe, with the size of each frame in bytes on another. The first decoding error ends it.
 *
 * @throws VideoError FFMPEG_MISSING | DECODE_FAILED | NO_FRAMES
 */
export async function decodeWithFfmpeg(decoding: Decoding): Promise<DecodedVideo> {
  const { path, command } = decoding;
  const child = spawn(command, ffmpegArguments(decoding), {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const failed = (how: string): string => `ffmpeg could not decode ${path} (${how})`;
  const ended = endOf(child, { clip: path, command, failed });
  const close = (): Promise<void> => stop(child, ended);
  const readerOf = (stream: unknown): ByteReader =>
    new ByteReader({ chunks: programOutput(stream as Readable, ended), close });
  const [bytes, sums] = [readerOf(child.stdio[1]), readerOf(child.stdio[3])];
  try {
    const { width, height } = await readDimensions(path, sums);
    return { width, height, bytes, framing: (format) => frameSumFraming(path, format, sums) };
  } catch (error) {
    await close();
    if (error instanceof VideoError) throw error;
    const problem = `${command} could not be read: ${(error as Error).message}`;
    throw new VideoError('DECODE_FAILED', problem, { cause: error });
  }
}

function ffmpegArguments({ path, format, width, height }: Decoding): string[] {
  const quiet = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-xerror'];
  // "file:" and the whitelist: neither a name that looks like an address nor a playlist reaches the network
  const input = ['-protocol_whitelist', 'file,pipe', '-i', `file:${resolve(path)}`, '-map', '0:v:0'];
  const filters = [...conversion(format), `format=${format.name}`, sameShape(format, width, height)];
  const picture = ['-fps_mode', 'passthrough', '-autoscale', '0', '-vf', filters.join(',')];
  const raw = ['-c:v', 'rawvideo', '-pix_fmt', format.name];
  // a line about each frame comes before it, and is there when the frame is read
  const pipes = '[f=framecrc:flush_packets=1]pipe\\:3|[f=rawvideo:flush_packets=1]pipe\\:1';
  return [...quiet, ...input, ...picture, ...raw, '-f', 'tee', pipes];
}

/** libswscale's exact arithmetic; the scaler of packed and planar RGB is ffmpeg's default, as for images. */
const EXACT = 'flags=bicubic+accurate_rnd+bitexact';

/** Codes keep their range: both sides of the filter are given the same one. */
function conversion({ conversion: kind }: DecodedFormat): string[] {
  if (kind === 'repacked') return [`scale=in_range=limited:out_range=limited:${EXACT}`];
  if (kind === 'ycbcr') return [`scale=out_color_matrix=bt709:out_range=limited:${EXACT}+full_chroma_inp`];
  return [];
}

/**
 * A filter that passes frames, but cuts those of another shape with the same number of bytes (384×216 turned to 216×384), so that
 * their size tells them from the others. (A filter that failed would take frames with it that wait to be written.)
 */
function sameShape({ chroma, bitDepth }: DecodedFormat, width: number, height: number): string {
  const { shifts } = planeSizes({ width, height, chroma, bitDepth });
  const samples = (across: string | number, down: string | number): string =>
    shifts === null
      ? `${across}*${down}`
      : `${across}*${down}+2*ceil(${across}/${2 ** shifts[0]})*ceil(${down}/${2 ** shifts[1]})`;
  const isSame = `eq(iw,${width})*eq(ih,${height})`;
  const isOtherSize = `not(eq(${samples('iw', 'ih')},${samples(width, height)}))`;
  const side = (name: string): string => `'if(${isSame}+${isOtherSize},${name},ceil(${name}/2))'`;
  return `crop=w=${side('iw')}:h=${side('ih')}:x=0:y=0:exact=1`;
}
