import { frameToRgb, type Frame } from '@vqforge/media';
import { workerScope } from '../worker-scope.ts';
import { ClipFrames } from './clip-frames.ts';
import type { FrameAnswer, FrameRequest, Picture } from './frame-calls.ts';

/** The thread that decodes single frames for the player, one request after the other. */
const scope = workerScope<FrameRequest, FrameAnswer>();
const clips = new Map<string, ClipFrames>();
let queue: Promise<void> = Promise.resolve();

scope.receive((request) => {
  queue = queue.then(() => answer(request));
});

async function answer({ id, key, file, raw, index }: FrameRequest): Promise<void> {
  try {
    const clip = clips.get(key) ?? new ClipFrames(file, raw);
    clips.set(key, clip);
    const picture = pictureOf(await clip.frame(index));
    scope.send({ id, picture }, [picture.rgba.buffer]);
  } catch (error) {
    clips.delete(key);
    scope.send({ id, message: error instanceof Error ? error.message : String(error) });
  }
}

function pictureOf(frame: Frame): Picture {
  const { width, height } = frame.format;
  const rgb = frameToRgb(frame);
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from] as number;
    rgba[to + 1] = rgb[from + 1] as number;
    rgba[to + 2] = rgb[from + 2] as number;
  }
  return { width, height, rgba };
}
