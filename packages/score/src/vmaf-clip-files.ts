import { execFile } from 'node:child_process';
import { close as closeFile, constants, open as openFile } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CodedError } from '@vqforge/base';
import type { FrameFormat, RawFormat, VideoReader } from '@vqforge/media';
import { openVideo } from '@vqforge/media/node';
import { ScoreError } from './errors.ts';

/** Clips as the vmaf program reads them. */
export interface VmafClips {
  readonly reference: string;
  readonly distorted: string;
  /** Format of both clips, where they are raw YUV. */
  readonly raw?: RawFormat;
  /** The caller's name of each path above, for messages. */
  readonly names: ReadonlyMap<string, string>;
  /** What ended the decoding of a clip, once the program has ended. */
  failure(): CodedError | undefined;
  close(): Promise<void>;
}

const Y4M_MAGIC = 'YUV4MPEG2';
/** Where a clip does not say; vmaf does not look at it. */
const USUAL_RATE = { numerator: 25, denominator: 1 };

type Kind = 'y4m' | 'raw' | 'container';

/**
 * Hands a pair of clips to the vmaf program, which reads Y4M and, of both or of neither, raw YUV: what is anything else is decoded
 * here into Y4M on named pipes, as fast as the program reads it.
 *
 * @throws ScoreError BAD_INPUT; VideoError of clips that do not open
 */
export async function vmafClips({
  reference,
  distorted,
  raw,
  signal,
}: {
  readonly reference: string;
  readonly distorted: string;
  readonly raw?: RawFormat | undefined;
  readonly signal?: AbortSignal | undefined;
}): Promise<VmafClips> {
  const paths = [reference, distorted];
  const kinds = await Promise.all(paths.map((path) => kindOf(path, raw)));
  const asTheyAre = { reference, distorted, names: new Map(), failure: () => undefined };
  const close = async (): Promise<void> => undefined;
  if (kinds.every((kind) => kind === 'y4m')) return { ...asTheyAre, close };
  if (raw !== undefined && kinds.every((kind) => kind === 'raw')) return { ...asTheyAre, raw, close };
  return decodedClips(
    paths.map((path, at) => ({ path, isY4m: kinds[at] === 'y4m' })),
    { ...(raw === undefined ? {} : { raw }), ...(signal === undefined ? {} : { signal }) },
  );
}

/** By its first bytes. What cannot be looked into, and nothing at all, is left to the program. */
async function kindOf(path: string, raw: RawFormat | undefined): Promise<Kind> {
  const entry = await stat(path).catch(() => undefined);
  if (entry?.isFile() !== true || entry.size === 0) return raw === undefined ? 'y4m' : 'raw';
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new ScoreError('BAD_INPUT', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  });
  try {
    const start = Buffer.alloc(Y4M_MAGIC.length);
    await file.read(start, 0, start.length, 0);
    if (start.toString('latin1') === Y4M_MAGIC) return 'y4m';
    return raw === undefined ? 'container' : 'raw';
  } finally {
    await file.close();
  }
}

async function decodedClips(
  clips: readonly { readonly path: string; readonly isY4m: boolean }[],
  options: { readonly raw?: RawFormat; readonly signal?: AbortSignal },
): Promise<VmafClips> {
  const folder = await mkdtemp(join(tmpdir(), 'vqforge-vmaf-clips-'));
  const feeds: PipeFeed[] = [];
  const names = new Map<string, string>();
  const close = async (): Promise<void> => {
    await Promise.all(feeds.map((feed) => feed.close()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const paths = [];
    for (const [at, { path, isY4m }] of clips.entries()) {
      if (isY4m) paths.push(path);
      else {
        const video = await openVideo({ path }, { ...options, rgb: 'ycbcr' });
        const pipe = join(folder, `${at === 0 ? 'reference' : 'distorted'}.y4m`);
        feeds.push(new PipeFeed(video, pipe));
        assertReadable(video);
        await makePipe(pipe);
        names.set(pipe, path);
        paths.push(pipe);
      }
    }
    for (const feed of feeds) feed.start();
    const [reference, distorted] = paths as [string, string];
    return {
      reference,
      distorted,
      names,
      failure: () => feeds.find(({ failure }) => failure !== undefined)?.failure,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function assertReadable({ name, format: { chroma } }: VideoReader): void {
  if (chroma === '420' || chroma === '422' || chroma === '444') return;
  throw new ScoreError(
    'BAD_INPUT',
    `${name} has chroma ${chroma}, which vmaf does not read; convert it to 4:2:0`,
  );
}

async function makePipe(path: string): Promise<void> {
  await promisify(execFile)('mkfifo', ['-m', '600', path]).catch((cause: unknown) => {
    throw new ScoreError(
      'BAD_INPUT',
      `there are no named pipes to decode clips for vmaf into (${(cause as Error).message.trim()}); convert them to Y4M`,
      { cause },
    );
  });
}

/** Writes a clip into a named pipe for a program that may read all of it, some, or none. */
class PipeFeed {
  readonly #video: VideoReader;
  readonly #path: string;
  #done: Promise<void> | undefined;
  #isClosed = false;
  /** Why the clip ended before its end. */
  failure: CodedError | undefined;

  constructor(video: VideoReader, path: string) {
    this.#video = video;
    this.#path = path;
  }

  start(): void {
    this.#done = this.#write();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // an opening for writing waits for one for reading
    if (this.#done !== undefined) await openAndClose(this.#path);
    await this.#video.close();
    await this.#done;
  }

  async #write(): Promise<void> {
    const pipe = await open(this.#path, 'w');
    try {
      if (this.#isClosed) return;
      await pipe.writeFile(header(this.#video.format));
      for (;;) {
        const frame = await this.#video.read();
        if (frame === null) return;
        await pipe.writeFile('FRAME\n');
        await pipe.writeFile(frame.data);
      }
    } catch (error) {
      // a program that has read enough is no failure of the clip
      if (!this.#isClosed && (error as NodeJS.ErrnoException).code !== 'EPIPE')
        this.failure = error as CodedError;
    } finally {
      await pipe.close();
    }
  }
}

function openAndClose(path: string): Promise<void> {
  return new Promise((resolve) => {
    openFile(path, constants.O_RDONLY | constants.O_NONBLOCK, (error, fd) => {
      if (error !== null) resolve();
      else closeFile(fd, () => resolve());
    });
  });
}

function header({ width, height, chroma, bitDepth, frameRate }: FrameFormat): string {
  const { numerator, denominator } = frameRate ?? USUAL_RATE;
  const tag = bitDepth === 8 ? chroma : `${chroma}p${bitDepth}`;
  return `${Y4M_MAGIC} W${width} H${height} F${numerator}:${denominator} Ip C${tag}\n`;
}
