import { frameToRgb, type Frame } from '@vqforge/media';
import { answerInTurn } from '../answer-calls.ts';
import { ClipFrames } from './clip-frames.ts';
import type { FrameReply, FrameRequest, Picture } from './frame-calls.ts';
import { toBitmap } from './to-bitmap.ts';

const clips = new Map<string, ClipFrames>();

/** The thread that decodes single frames for the player. */
export const receive: (request: FrameRequest) => void = answerInTurn<FrameRequest, FrameReply>(
  async ({ key, clip, index }) => {
    const frames = clips.get(key) ?? new ClipFrames(clip);
    clips.set(key, frames);
    const picture = await pictureOf(await frames.frame(index));
    return [{ picture }, [picture.rgba.buffer, picture.bitmap]];
  },
  ({ key }) => clips.delete(key),
);

async function pictureOf(frame: Frame): Promise<Picture> {
  const { width, height } = frame.format;
  const rgb = frameToRgb(frame);
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from] as number;
    rgba[to + 1] = rgb[from + 1] as number;
    rgba[to + 2] = rgb[from + 2] as number;
  }
  return { width, height, rgba, bitmap: await toBitmap(rgba, width, height) };
}
