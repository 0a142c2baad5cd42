import { frameToTensor } from '@vqforge/media';
import { heatMap, type Lpips } from '@vqforge/runtime';
import { ClipFrames } from '../clips/clip-frames.ts';
import type { Heat, HeatAnswer, HeatRequest } from '../clips/heat-calls.ts';
import { toBitmap } from '../clips/to-bitmap.ts';
import { heatColours } from '../clips/heat-colours.ts';
import { openGivenLpips } from './page-model-session.ts';

/** Share of the values of a frame that lie below the top of its scale. */
const TOP_SHARE = 0.999;

/** The thread that computes heat maps of single frames, one request after the other. */
const clips = new Map<string, ClipFrames>();
let model: Promise<Lpips> | undefined;
let queue: Promise<void> = Promise.resolve();

export function receive(request: HeatRequest): void {
  queue = queue.then(() => answer(request));
}

async function answer(request: HeatRequest): Promise<void> {
  try {
    const heat = await heatOf(request);
    send({ id: request.id, heat }, [heat.values.buffer, heat.bitmap]);
  } catch (error) {
    clips.clear();
    send({ id: request.id, message: error instanceof Error ? error.message : String(error) });
  }
}

function send(answer: HeatAnswer, transfer: Transferable[] = []): void {
  postMessage(answer, { transfer });
}

async function heatOf({ lpips: file, reference, rendition, top, ...place }: HeatRequest): Promise<Heat> {
  model ??= openGivenLpips(file, place);
  const lpips = await model;
  const first = await frameOf(reference);
  const { width, height } = first.format;
  const tensors = [frameToTensor(first), frameToTensor(await frameOf(rendition))] as const;
  const detail = await lpips.detail(...tensors, { width, height, count: 1 });
  const values = Float32Array.from(heatMap(detail, 0));
  const scale = top ?? topOf(values);
  return {
    width,
    height,
    values,
    top: scale,
    bitmap: await toBitmap(heatColours(values, scale), width, height),
  };
}

function frameOf({ key, clip, index }: HeatRequest['reference']): ReturnType<ClipFrames['frame']> {
  const frames = clips.get(key) ?? new ClipFrames(clip);
  clips.set(key, frames);
  return frames.frame(index);
}

function topOf(values: Float32Array): number {
  const sorted = values.slice().sort();
  return sorted[Math.floor((sorted.length - 1) * TOP_SHARE)] || 1;
}
