import { chromaName, framesPerSecond } from '@vqforge/media';
import type { ClipSource } from './clip-file.ts';
import { framesIn } from './frames-in.ts';
import { openClip } from './open-clip.ts';
import type { ClipLook, ProbeAnswer, ProbeRequest } from './probe-calls.ts';

/** The thread that looks at clips as they are given, one after the other. */
let queue: Promise<void> = Promise.resolve();

export function receive(request: ProbeRequest): void {
  queue = queue.then(() => answer(request));
}

async function answer({ id, clip }: ProbeRequest): Promise<void> {
  try {
    const look = await lookAt(clip);
    send({ id, look }, look.times === null ? [] : [look.times.buffer]);
  } catch (error) {
    send({ id, message: error instanceof Error ? error.message : String(error) });
  }
}

function send(answer: ProbeAnswer, transfer: Transferable[] = []): void {
  postMessage(answer, { transfer });
}

async function lookAt(clip: ClipSource): Promise<ClipLook> {
  const source = await openClip(clip);
  const { width, height, chroma, bitDepth } = source.format;
  const frameRate = framesPerSecond(source.format.frameRate);
  const frames = framesIn(clip.file, source);
  const times =
    source.times ??
    (frameRate === null || frames === null
      ? null
      : Array.from({ length: frames }, (_, frame) => frame / frameRate));
  await source.close();
  return {
    width,
    height,
    chroma: chromaName(chroma),
    bitDepth,
    frameRate,
    frames,
    times: times === null ? null : Float64Array.from(times),
  };
}
