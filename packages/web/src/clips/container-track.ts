import { type FrameRate, VideoError } from '@vqforge/media';
import {
  CustomSource,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
  MATROSKA,
  MP4,
  MPEG_TS,
  QTFF,
  WEBM,
} from 'mediabunny';
import { type ClipFile, readBytes, sizeOf } from './clip-file.ts';

/** More packets than ten hours at 120 frames per second are a damaged or hostile file. */
const MOST_PACKETS = 2 ** 22;

/** The video track of a container, with the times of its frames. */
export interface ContainerTrack {
  readonly track: InputVideoTrack;
  /** Packets in the file: as many frames must come out of the decoder. */
  readonly packets: number;
  /** Seconds of each frame that is shown, in order: an edit list may hide those before 0. */
  readonly times: readonly number[];
  /** The time that is the beginning of the clip. */
  readonly start: number;
  close(): void;
}

/**
 * Opens mp4, mov, webm, mkv or ts.
 *
 * @throws VideoError MALFORMED | NO_FRAMES; UNSUPPORTED where this browser has no decoder, with what to do instead
 */
export async function openTrack(file: ClipFile): Promise<ContainerTrack> {
  const input = new Input({
    source: new CustomSource({
      getSize: () => sizeOf(file),
      read: (start, end) => readBytes(file, start, end),
    }),
    formats: [MP4, QTFF, MATROSKA, WEBM, MPEG_TS],
  });
  try {
    const track = await readable(file, () => input.getPrimaryVideoTrack());
    if (track === null) throw new VideoError('NO_FRAMES', `${file.name} has no video track`);
    if (!(await track.canDecode())) throw await notDecodable(file, track);
    const times = await readable(file, () => packetTimes(file, track));
    const shown = times.filter((time) => time >= 0);
    if (shown.length === 0) throw new VideoError('NO_FRAMES', `${file.name} holds no frame`);
    // a transport stream is cut out of one that goes on: its clock begins anywhere
    const start = (await input.getFormat()) === MPEG_TS ? (shown[0] as number) : 0;
    return { track, packets: times.length, times: shown, start, close: () => input.dispose() };
  } catch (error) {
    input.dispose();
    throw error;
  }
}

/**
 * Frames per second, null where they are not evenly spaced. Containers round times, webm to milliseconds: the nearest whole
 * number, or 1000/1001 of one, is meant.
 *
 * @example frameRateOf([0, 0.033, 0.067, 0.1]) // => { numerator: 30, denominator: 1 }
 */
export function frameRateOf(times: readonly number[]): FrameRate | null {
  const steps = times.slice(1).map((time, at) => time - (times[at] as number));
  if (steps.length === 0) return null;
  const mean = ((times.at(-1) as number) - (times[0] as number)) / steps.length;
  if (steps.some((step) => Math.abs(step - mean) > ROUNDED_SECONDS)) return null;
  const whole = Math.max(1, Math.round(1 / mean));
  const candidates: FrameRate[] = [
    { numerator: whole, denominator: 1 },
    { numerator: whole * 1000, denominator: 1001 },
  ];
  const error = ({ numerator, denominator }: FrameRate): number =>
    Math.abs((numerator / denominator) * mean - 1);
  const [nearest] = candidates.sort((a, b) => error(a) - error(b)) as [FrameRate, FrameRate];
  return error(nearest) < 1e-2 ? nearest : { numerator: Math.round(1000 / mean), denominator: 1000 };
}

/** Times of containers are off by so much at most. */
const ROUNDED_SECONDS = 1.6e-3;

/** Times of all packets in the order in which their frames are shown. */
async function packetTimes(file: ClipFile, track: InputVideoTrack): Promise<number[]> {
  const times: number[] = [];
  const packets = new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true });
  for await (const { timestamp } of packets) {
    times.push(timestamp);
    if (times.length > MOST_PACKETS)
      throw new VideoError('TOO_LARGE', `${file.name} has more than ${MOST_PACKETS} packets; cut it`);
  }
  return times.sort((a, b) => a - b);
}

async function readable<T>(file: ClipFile, reading: () => Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (error) {
    if (error instanceof VideoError) throw error;
    throw new VideoError(
      'MALFORMED',
      `${file.name} is no container that can be read: ${(error as Error).message}; convert it with ffmpeg -i ${file.name} clip.y4m`,
      { cause: error },
    );
  }
}

async function notDecodable(file: ClipFile, track: InputVideoTrack): Promise<VideoError> {
  const codec = (await track.getCodecParameterString()) ?? (await track.getCodec()) ?? 'an unknown codec';
  return new VideoError(
    'UNSUPPORTED',
    `${file.name} holds ${codec}, which this browser does not decode; convert it with ffmpeg -i ${file.name} clip.y4m`,
  );
}
