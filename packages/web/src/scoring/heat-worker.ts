import { frameToTensor } from '@vqforge/media';
import { heatMap, type Lpips } from '@vqforge/runtime';
import type { ClipFile } from '../clips/clip-file.ts';
import { ClipFrames } from '../clips/clip-frames.ts';
import type { Heat, HeatAnswer, HeatRequest } from '../clips/heat-calls.ts';
import { workerScope } from '../worker-scope.ts';
import { openGivenLpips } from './page-model-session.ts';

/** The thread that computes heat maps of single frames, one request after the other. */
const scope = workerScope<HeatRequest, HeatAnswer>();
const clips = new Map<string, ClipFrames>();
let model: Promise<Lpips> | undefined;
let queue: Promise<void> = Promise.resolve();

scope.receive((request) => {
  queue = queue.then(() => answer(request));
});

async function answer(request: HeatRequest): Promise<void> {
  try {
    const heat = await heatOf(request);
    scope.send({ id: request.id, heat }, [heat.values.buffer]);
  } catch (error) {
    clips.clear();
    scope.send({ id: request.id, message: error instanceof Error ? error.message : String(error) });
  }
}

async function heatOf({
  lpips: file,
  reference,
  rendition,
  raw,
  frames,
  ...place
}: HeatRequest): Promise<Heat> {
  model ??= openGivenLpips(file, place);
  const lpips = await model;
  const pictureOf = async (clip: ClipFile, index: number): ReturnType<ClipFrames['frame']> => {
    const known = clips.get(clip.name) ?? new ClipFrames(clip, raw);
    clips.set(clip.name, known);
    return known.frame(index);
  };
  const first = await pictureOf(reference, frames[0]);
  const { width, height } = first.format;
  const tensors = [frameToTensor(first), frameToTensor(await pictureOf(rendition, frames[1]))] as const;
  const detail = await lpips.detail(...tensors, { width, height, count: 1 });
  return { width, height, values: Float32Array.from(heatMap(detail, 0)) };
}
