import { assertFrameSize, type Frame, type FrameFormat, planeSizes, VideoError } from '@vqforge/media';
import { type VideoSample, VideoSampleSink } from 'mediabunny';
import type { ClipFile } from './clip-file.ts';
import type { OpenedClip } from './open-clip.ts';
import { type ContainerTrack, frameRateOf, openTrack } from './container-track.ts';
import { copyFrame, decodedFormat } from './decoded-frame.ts';

/** Hardware may hand over other formats, or no samples at all. */
const DECODER = { hardwareAcceleration: 'prefer-software' } as const;

/** Where the memory of frames comes from. */
type Allocate = (bytes: number) => ArrayBufferLike;

/**
 * Opens a container, decoded by this browser. Frames are those that ffmpeg gives: all that have a time of 0 or more, in the order
 * in which they are shown. A decoder that gives other than one frame for each packet is found out at the end.
 *
 * @throws VideoError as `openTrack`; DECODE_FAILED; UNSUPPORTED for formats whose samples are not the decoder's own
 */
export async function openContainer(
  file: ClipFile,
  allocate: Allocate = (bytes) => new ArrayBuffer(bytes),
): Promise<OpenedClip> {
  const track = await openTrack(file);
  try {
    return await ContainerClip.open(file, track, allocate);
  } catch (error) {
    track.close();
    throw error;
  }
}

/** The frame with that number, by itself. @throws VideoError NO_FRAMES | DECODE_FAILED | UNSUPPORTED */
export async function containerFrame(file: ClipFile, track: ContainerTrack, index: number): Promise<Frame> {
  const time = track.times[index];
  if (time === undefined)
    throw new VideoError('NO_FRAMES', `${file.name} has ${track.times.length} frames, no frame ${index}`);
  const sample = await decoding(file.name, () => new VideoSampleSink(track.track, DECODER).getSample(time));
  if (sample === null) throw new VideoError('DECODE_FAILED', `frame ${index} of ${file.name} is not decoded`);
  const format = await formatOf(file, track, sample);
  return frameOf(file.name, sample, format, index, (bytes) => new ArrayBuffer(bytes));
}

class ContainerClip implements OpenedClip {
  readonly container = 'webcodecs';
  readonly scaled = null;
  readonly decoded: NonNullable<OpenedClip['decoded']>;
  readonly name: string;
  readonly format: FrameFormat;
  readonly times: readonly number[];
  readonly #track: ContainerTrack;
  readonly #samples: AsyncGenerator<VideoSample, void, unknown>;
  readonly #allocate: Allocate;
  /** The first one is decoded to know its format. */
  #first: VideoSample | undefined;
  #decoded: number;
  #index = 0;

  private constructor(
    file: ClipFile,
    track: ContainerTrack,
    samples: AsyncGenerator<VideoSample, void, unknown>,
    first: { readonly sample: VideoSample; readonly decoded: number },
    { pixelFormat, ...format }: Awaited<ReturnType<typeof formatOf>>,
    allocate: Allocate,
  ) {
    this.name = file.name;
    this.times = track.times.map((time) => time - track.start);
    this.#track = track;
    this.#samples = samples;
    this.#first = first.sample;
    this.#decoded = first.decoded;
    this.format = format;
    this.decoded = { pixelFormat, readAs: pixelFormat, alpha: false, decoder: 'WebCodecs' };
    this.#allocate = allocate;
  }

  static async open(file: ClipFile, track: ContainerTrack, allocate: Allocate): Promise<ContainerClip> {
    const samples = new VideoSampleSink(track.track, DECODER).samples();
    let decoded = 0;
    for (;;) {
      const { done, value: sample } = await decoding(file.name, () => samples.next());
      if (done === true) throw new VideoError('NO_FRAMES', `${file.name} holds no frame`);
      decoded++;
      if (sample.timestamp < 0) {
        sample.close();
        continue;
      }
      const format = await formatOf(file, track, sample);
      return new ContainerClip(file, track, samples, { sample, decoded }, format, allocate);
    }
  }

  async read(previous?: Frame): Promise<Frame | null> {
    const sample = await this.#next();
    if (sample === null) return null;
    const { bytes } = planeSizes(this.format);
    const spare = previous?.data.length === bytes ? (previous.data.buffer as ArrayBuffer) : undefined;
    const memory = spare === undefined ? this.#allocate : (): ArrayBuffer => spare;
    return frameOf(this.name, sample, this.format, this.#index++, memory);
  }

  async close(): Promise<void> {
    this.#first?.close();
    this.#first = undefined;
    await this.#samples.return();
    this.#track.close();
  }

  async #next(): Promise<VideoSample | null> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    const { done, value: sample } = await decoding(this.name, () => this.#samples.next(), this.#index);
    if (done !== true) {
      this.#decoded++;
      return sample;
    }
    if (this.#decoded === this.#track.packets) return null;
    throw new VideoError(
      'DECODE_FAILED',
      `the decoder made ${this.#decoded} frames of the ${this.#track.packets} packets of ${this.name}; convert it with ffmpeg -i ${this.name} clip.y4m`,
      { goodFrames: this.#index },
    );
  }
}

async function formatOf(
  file: ClipFile,
  { track, times }: ContainerTrack,
  sample: VideoSample,
): Promise<ReturnType<typeof decodedFormat>> {
  const frame = sample.toVideoFrame();
  try {
    const colour = await track.getColorSpace();
    const format = decodedFormat(frame, { name: file.name, frameRate: frameRateOf(times), colour });
    assertFrameSize(file.name, format.width, format.height);
    return format;
  } finally {
    frame.close();
  }
}

/** Closes the sample. */
async function frameOf(
  name: string,
  sample: VideoSample,
  format: FrameFormat,
  index: number,
  allocate: Allocate,
): Promise<Frame> {
  const data = new Uint8Array(allocate(planeSizes(format).bytes));
  const picture = sample.toVideoFrame();
  sample.close();
  try {
    const frame = { index, format, data };
    await copyFrame(name, picture, frame);
    return frame;
  } finally {
    picture.close();
  }
}

async function decoding<T>(name: string, decode: () => Promise<T>, goodFrames = 0): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    throw new VideoError(
      'DECODE_FAILED',
      `${name} is not decoded: ${(error as Error).message}; ${goodFrames} frames before it are whole`,
      { goodFrames, cause: error },
    );
  }
}
