import { frameToRgb, type Frame } from '@vqforge/media';
import { ClipFrames } from './clip-frames.ts';
import type { FrameAnswer, FrameRequest, Picture } from './frame-calls.ts';
import { toBitmap } from './to-bitmap.ts';

/** The thread that decodes single frames for the player, one request after the other. */
const clips = new Map<string, ClipFrames>();
let queue: Promise<void> = Promise.resolve();

export function receive(request: FrameRequest): void {
  queue = queue.then(() => answer(request));
}

async function answer({ id, key, clip, index }: FrameRequest): Promise<void> {
  try {
    const frames = clips.get(key) ?? new ClipFrames(clip);
    clips.set(key, frames);
    const picture = await pictureOf(await frames.frame(index));
    send({ id, picture }, [picture.rgba.buffer, picture.bitmap]);
  } catch (error) {
    clips.delete(key);
    send({ id, message: error instanceof Error ? error.message : String(error) });
  }
}

function send(answer: FrameAnswer, transfer: Transferable[] = []): void {
  postMessage(answer, { transfer });
}

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
