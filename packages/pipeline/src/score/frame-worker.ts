import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { CodedError } from '@vqforge/artifact/core';
import { PipelineError } from '../errors.ts';
import type { FrameMemory, FrameReply, FrameRequest, OpenedClips } from './frame-messages.ts';
import { openFrameSource, type FrameSource, type WriteTensor } from './frame-source-files.ts';

/**
 * Pixels of one run. What ONNX Runtime keeps between the layers of LPIPS takes about 170 bytes per pixel and image (288 MB
 * for the taps of one of 1920×1080), so a whole ladder in one run is for small frames; 2^22 lets a pair of 1920×1080 in.
 */
const PIXELS_PER_RUN = 2 ** 22;

/** One is scored while the other is filled. */
const BUFFERS = 2;

const port = parentPort as MessagePort;
const request = workerData as FrameRequest;
const returned: ArrayBuffer[] = [];
let allocated = 0;
let wake: () => void = () => undefined;
port.on('message', ({ memory }: FrameMemory) => {
  returned.push(memory);
  wake();
});

const sources: FrameSource[] = [];
try {
  for (const input of [request.reference, ...request.distorted])
    sources.push(await openFrameSource(input, request.colour));
  const clips = openedClips(sources);
  post({ type: 'opened', clips });
  await sendFrames(sources, clips);
  post({ type: 'end' });
} catch (error) {
  if (!(error instanceof CodedError)) throw error;
  post({ type: 'failed', name: error.name, failure: { code: error.code, message: error.message } });
} finally {
  await Promise.all(sources.map((source) => source.close()));
  port.close();
}

function post(reply: FrameReply, memory: ArrayBuffer[] = []): void {
  port.postMessage(reply, memory);
}

function openedClips([reference, ...distorted]: readonly FrameSource[]): OpenedClips {
  const { facts, frames } = reference as FrameSource;
  for (const { facts: other } of distorted) {
    if (other.width !== facts.width || other.height !== facts.height)
      throw new PipelineError(
        'SIZE_MISMATCH',
        `${other.path} is ${other.width}×${other.height}, its reference ${facts.path} ${facts.width}×${facts.height}; scale it to the size of the reference`,
      );
  }
  const { skipReference, skipDistorted, count = Infinity, subsample } = request.selection;
  const known = [
    frames === null ? Infinity : frames - skipReference,
    ...distorted.map((source) => (source.frames === null ? Infinity : source.frames - skipDistorted)),
  ];
  const read = Math.min(count, ...known);
  return {
    reference: facts,
    distorted: distorted.map((source) => source.facts),
    frames: Number.isFinite(read) ? Math.max(0, Math.ceil(read / subsample)) : null,
  };
}

async function sendFrames(sources: readonly FrameSource[], { reference }: OpenedClips): Promise<void> {
  const { skipReference, skipDistorted, count = Infinity, subsample } = request.selection;
  const planes = 3 * reference.width * reference.height;
  const bytes = planes * Float32Array.BYTES_PER_ELEMENT;
  const mostPerRun = Math.max(1, Math.floor((3 * PIXELS_PER_RUN) / planes) - 1);
  for (const [at, source] of sources.entries()) await skip(source, at === 0 ? skipReference : skipDistorted);
  for (let frame = 0; frame < count; frame++) {
    const images = await nextOfEach(sources, frame);
    if (images === undefined) return;
    if (frame % subsample !== 0) continue;
    const [writeReference, ...writeDistorted] = images as [WriteTensor, ...WriteTensor[]];
    for (let first = 0; first < writeDistorted.length; first += mostPerRun) {
      const run = [writeReference, ...writeDistorted.slice(first, first + mostPerRun)];
      const memory = await memoryOf((1 + Math.min(mostPerRun, writeDistorted.length)) * bytes);
      for (const [at, write] of run.entries()) write(new Float32Array(memory, at * bytes, planes));
      post({ type: 'frame', frame, first, count: run.length - 1, memory }, [memory]);
    }
  }
}

async function skip(source: FrameSource, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    if ((await source.next()) === null)
      throw new PipelineError(
        'NO_FRAMES',
        `${source.facts.path} has ${i} frames, and ${count} are to be skipped`,
      );
  }
}

/** The next frame of every input; undefined where all have ended. */
async function nextOfEach(
  sources: readonly FrameSource[],
  frame: number,
): Promise<WriteTensor[] | undefined> {
  const images = await Promise.all(sources.map((source) => source.next()));
  const ended = sources.filter((_, at) => images[at] === null);
  if (ended.length === sources.length) {
    if (frame === 0) throw new PipelineError('NO_FRAMES', 'there are no frames to score');
    return undefined;
  }
  if (ended.length > 0) {
    const longer = sources.find((source) => !ended.includes(source)) as FrameSource;
    throw new PipelineError(
      'UNEQUAL_LENGTH',
      `${ended[0]?.facts.path} ends after ${frame} frames and ${longer.facts.path} goes on; --frame_cnt ${frame} scores what they share`,
    );
  }
  return images as WriteTensor[];
}

/** Memory that came back, or new memory while there is less than BUFFERS. */
async function memoryOf(bytes: number): Promise<ArrayBuffer> {
  if (allocated < BUFFERS) {
    allocated++;
    return new ArrayBuffer(bytes);
  }
  while (returned.length === 0) await new Promise<void>((resolve) => (wake = resolve));
  return returned.pop() as ArrayBuffer;
}
