import {
  openStream,
  planeSizes,
  FrameScaler,
  type Frame,
  type FrameSource,
  type RawFormat,
  VideoError,
} from '@vqforge/media';
import { type ClipFile, type ClipSource, partsOf, type PictureSize, readBytes } from './clip-file.ts';
import { kindOf } from './clip-kind.ts';
import type { ContainerTrack } from './container-track.ts';
import { openClip } from './open-clip.ts';

/** Longest header line of Y4M that is read. */
const LONGEST_HEADER = 1024;
const FRAME_LINE = 'FRAME\n';
const NEWLINE = 10;

/** Any frame of a clip by its number. Frames in a row are read on; others are looked for where they must lie. */
export class ClipFrames {
  readonly #file: ClipFile;
  readonly #raw: RawFormat | undefined;
  readonly #size: PictureSize | undefined;
  #scaler: FrameScaler | undefined;
  #kindOf: ReturnType<typeof kindOf> | undefined;
  /** The opened track of a container. */
  #track: Promise<ContainerTrack> | undefined;
  #reader: FrameSource | undefined;
  /** Number of the frame that the reader gives next. */
  #next = 0;
  /** Bytes before the first frame, and the bytes of each with what stands before it; null where frames are only read in a row. */
  #layout: { readonly header: Uint8Array<ArrayBuffer>; readonly stride: number } | null | undefined;

  constructor({ file, raw, size }: ClipSource) {
    this.#file = file;
    this.#raw = raw;
    this.#size = size;
  }

  /** @throws VideoError of a clip that cannot be read; NO_FRAMES where it has no such frame */
  async frame(index: number): Promise<Frame> {
    const frame = await this.#unscaled(index);
    if (this.#size === undefined) return frame;
    this.#scaler ??= new FrameScaler(frame.format, this.#size);
    return this.#scaler.scale(frame);
  }

  async #unscaled(index: number): Promise<Frame> {
    if ((await this.#kind()) === 'container') return this.#containerFrame(index);
    if (this.#reader === undefined) await this.#restart();
    if (index !== this.#next) await this.#seek(index);
    for (;;) {
      const frame = await (this.#reader as FrameSource).read();
      if (frame === null)
        throw new VideoError('NO_FRAMES', `${this.#file.name} has ${this.#next} frames, no frame ${index}`);
      if (this.#next++ === index) return { ...frame, index };
    }
  }

  async close(): Promise<void> {
    (await this.#track)?.close();
    this.#track = undefined;
    await this.#reader?.close();
    this.#reader = undefined;
  }

  #kind(): ReturnType<typeof kindOf> {
    return (this.#kindOf ??= kindOf(this.#file));
  }

  async #containerFrame(index: number): Promise<Frame> {
    const [{ openTrack }, { containerFrame }] = await Promise.all([
      import('./container-track.ts'),
      import('./container-clip.ts'),
    ]);
    this.#track ??= openTrack(this.#file);
    return containerFrame(this.#file, await this.#track, index);
  }

  async #seek(index: number): Promise<void> {
    this.#layout ??= await this.#findLayout();
    if (this.#layout !== null && (await this.#open(index, this.#layout))) return;
    // frames of the clip do not all lie as far apart as the first says
    this.#layout = null;
    if (index < this.#next) await this.#restart();
  }

  async #restart(): Promise<void> {
    await this.close();
    this.#reader = await openClip({ file: this.#file, raw: this.#raw });
    this.#next = 0;
  }

  /** False where no frame begins at its place. */
  async #open(
    index: number,
    { header, stride }: { readonly header: Uint8Array<ArrayBuffer>; readonly stride: number },
  ): Promise<boolean> {
    const at = header.length + index * stride;
    if (header.length > 0) {
      const line = await readBytes(this.#file, at, at + FRAME_LINE.length);
      if (String.fromCharCode(...line) !== FRAME_LINE) return false;
    }
    await this.close();
    const file = this.#file;
    const stream = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      yield header;
      yield* partsOf(file, at);
    };
    this.#reader = await openStream(
      { name: file.name, stream: stream() },
      header.length > 0 || this.#raw === undefined ? {} : { raw: this.#raw },
    );
    this.#next = index;
    return true;
  }

  async #findLayout(): Promise<{ header: Uint8Array<ArrayBuffer>; stride: number } | null> {
    const kind = await this.#kind();
    const { bytes } = planeSizes((this.#reader as FrameSource).format);
    if (kind === 'unknown') return { header: new Uint8Array(0), stride: bytes };
    if (kind !== 'y4m') return null;
    const start = await readBytes(this.#file, 0, LONGEST_HEADER);
    return { header: start.slice(0, start.indexOf(NEWLINE) + 1), stride: FRAME_LINE.length + bytes };
  }
}
