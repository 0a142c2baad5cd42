import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { defined, parseJson } from '@vqforge/base';
import { endOf } from './ended-process.ts';
import { VideoError } from './errors.ts';
import type { ColourTags, FrameRate } from './frame.ts';
import type { PixelFormat } from './pixel-format.ts';

/** Facts of ffprobe about the first video stream of a file and its first frame. */
interface ProbedVideo {
  /** Size of the frames as they will be shown: turned as the file asks for. */
  readonly width: number;
  readonly height: number;
  readonly pixelFormat: PixelFormat;
  /** All that this ffprobe knows. */
  readonly pixelFormats: ReadonlyMap<string, PixelFormat>;
  readonly frameRate: FrameRate | null;
  readonly tags: ColourTags;
}

/** 250 pixel formats take 70 KB, a stream 1 KB. */
const MOST_BYTES = 4 << 20;

const COLOURS = ['color_range', 'color_space', 'color_transfer', 'color_primaries'] as const;

/**
 * Asks ffprobe about a file: nothing of it is decoded but its first frame.
 *
 * @param command the program, found on PATH
 * @throws VideoError FFMPEG_MISSING | DECODE_FAILED | UNSUPPORTED (no video stream) | INTERRUPTED
 */
export async function probeVideo(path: string, command: string, signal?: AbortSignal): Promise<ProbedVideo> {
  const text = await run(path, command, signal);
  const document = parsed(text, path, command);
  const stream = document.streams?.[0];
  if (stream === undefined)
    throw new VideoError('UNSUPPORTED', `${path} has no video stream, expected one or more`);
  const frame = document.frames?.[0] ?? {};
  const pixelFormats = new Map(
    (document.pixel_formats ?? []).map((entry) => [entry.name, pixelFormatOf(entry)] as const),
  );
  const name = frame.pix_fmt ?? stream.pix_fmt ?? 'unknown';
  const pixelFormat = pixelFormats.get(name);
  if (pixelFormat === undefined)
    throw new VideoError(
      'DECODE_FAILED',
      `${path} has frames of the pixel format ${name}, which ${command} does not describe`,
    );
  const sides: [number, number] = [frame.width ?? stream.width ?? 0, frame.height ?? stream.height ?? 0];
  const [width, height] = isTurned(stream) ? [sides[1], sides[0]] : sides;
  return { width, height, pixelFormat, pixelFormats, frameRate: rateOf(stream), tags: tagsOf(stream, frame) };
}

type Colours = Partial<Record<(typeof COLOURS)[number], string>>;

interface Picture extends Colours {
  readonly width?: number;
  readonly height?: number;
  readonly pix_fmt?: string;
}

interface Stream extends Picture {
  readonly r_frame_rate?: string;
  readonly avg_frame_rate?: string;
  readonly side_data_list?: readonly { readonly rotation?: number }[];
}

interface ProbeDocument {
  readonly streams?: readonly Stream[];
  readonly frames?: readonly Picture[];
  readonly pixel_formats?: readonly PixelFormatEntry[];
}

interface PixelFormatEntry {
  readonly name: string;
  readonly nb_components: number;
  readonly log2_chroma_w?: number;
  readonly log2_chroma_h?: number;
  readonly flags?: {
    readonly hwaccel?: number;
    readonly rgb?: number;
    readonly palette?: number;
    readonly alpha?: number;
  };
  readonly components?: readonly { readonly bit_depth: number }[];
}

async function run(path: string, command: string, signal: AbortSignal | undefined): Promise<string> {
  const child = spawn(command, probeArguments(path), {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const kill = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (stdout.length > MOST_BYTES) kill();
  });
  const ended = endOf(child, { clip: path, command, failed: () => `ffprobe could not read ${path}` });
  const failure = await ended.catch((error: unknown) => error as Error);
  signal?.removeEventListener('abort', kill);
  if (signal?.aborted === true)
    throw new VideoError('INTERRUPTED', `${path} was not opened: the reading was interrupted`);
  if (failure !== undefined) throw failure;
  return stdout;
}

function probeArguments(path: string): string[] {
  const colours = COLOURS.join(',');
  const entries = [
    `stream=width,height,pix_fmt,r_frame_rate,avg_frame_rate,${colours}`,
    'stream_side_data=rotation',
    `frame=width,height,pix_fmt,${colours}`,
    'frame_side_data=none',
    'pixel_format=name,nb_components,log2_chroma_w,log2_chroma_h',
    'pixel_format_flags=hwaccel,rgb,palette,alpha',
    'component=bit_depth',
  ];
  const input = ['-v', 'error', '-protocol_whitelist', 'file,pipe', '-select_streams', 'v:0'];
  const output = ['-read_intervals', '%+#1', '-show_entries', entries.join(':'), '-of', 'json=c=1'];
  return [...input, ...output, `file:${resolve(path)}`];
}

function parsed(text: string, path: string, command: string): ProbeDocument {
  try {
    return parseJson(text, { maxBytes: MOST_BYTES }) as ProbeDocument;
  } catch (cause) {
    const problem = `what ${command} says of ${path} cannot be read: ${(cause as Error).message}`;
    throw new VideoError('DECODE_FAILED', problem, { cause });
  }
}

function pixelFormatOf(entry: PixelFormatEntry): PixelFormat {
  const { name, nb_components: components, flags = {} } = entry;
  return {
    name,
    components,
    chromaShift: [entry.log2_chroma_w ?? 0, entry.log2_chroma_h ?? 0],
    bits: Math.max(...(entry.components ?? []).map(({ bit_depth: bits }) => bits), 0),
    isHardware: flags.hwaccel === 1,
    isRgb: flags.rgb === 1,
    isPalette: flags.palette === 1,
    hasAlpha: flags.alpha === 1,
  };
}

/** A quarter turn exchanges the sides. */
function isTurned({ side_data_list: sides = [] }: Stream): boolean {
  const rotation = sides.find((side) => side.rotation !== undefined)?.rotation ?? 0;
  return Math.abs((Math.abs(rotation) % 180) - 90) < 1;
}

/** The stream's rate, or its average where the rate is that of a clock and not of pictures, as ffmpeg guesses it. */
function rateOf({ r_frame_rate: rate, avg_frame_rate: average }: Stream): FrameRate | null {
  const [guessed, mean] = [fraction(rate), fraction(average)];
  if (guessed === null || mean === null) return guessed ?? mean;
  const [perSecond, meanPerSecond] = [guessed, mean].map(
    ({ numerator, denominator }) => numerator / denominator,
  );
  return (meanPerSecond as number) < 70 && (perSecond as number) > 210 ? mean : guessed;
}

function fraction(text = ''): FrameRate | null {
  const [, numerator, denominator] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  if (Number(numerator) > 0 && Number(denominator) > 0)
    return { numerator: Number(numerator), denominator: Number(denominator) };
  return null;
}

/** Colour tags of the container, or where it has none, of the first frame. */
function tagsOf(stream: Picture, frame: Picture): ColourTags {
  const [range, matrix, transfer, primaries] = COLOURS.map((key) =>
    [stream[key], frame[key]].find(
      (value) => value !== undefined && !/^(unknown|unspecified|reserved)$/.test(value),
    ),
  );
  return defined({ range, matrix, transfer, primaries });
}
