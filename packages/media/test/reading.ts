import { expect } from 'vitest';
import { openVideo } from '../src/open-video.ts';
import { VideoError, type VideoErrorCode } from '../src/errors.ts';
import { type Frame } from '../src/frame.ts';
import { type RawFormat } from '../src/raw-format.ts';

/** All frames of a stream. */
export async function all(stream: AsyncIterable<Uint8Array>, raw?: RawFormat): Promise<Frame[]> {
  const video = await openVideo({ stream }, raw === undefined ? {} : { raw });
  try {
    const frames = [];
    for await (const frame of video.frames()) frames.push(frame);
    return frames;
  } finally {
    await video.close();
  }
}

/** What a reading fails with. */
export async function failure(
  reading: Promise<unknown>,
): Promise<{ code: VideoErrorCode; goodFrames: number | null }> {
  const error: unknown = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(VideoError);
  const { code, goodFrames } = error as VideoError;
  return { code, goodFrames };
}
