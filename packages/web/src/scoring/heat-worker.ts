import { frameToTensor } from '@vqforge/media';
import { heatMap, type Lpips } from '@vqforge/runtime';
import { answerInTurn } from '../answer-calls.ts';
import { ClipFrames } from '../clips/clip-frames.ts';
import type { Heat, HeatReply, HeatRequest } from '../clips/heat-calls.ts';
import { toBitmap } from '../clips/to-bitmap.ts';
import { heatColours } from '../clips/heat-colours.ts';
import { openGivenLpips } from './page-model-session.ts';

/** Share of the values of a frame that lie below the top of its scale. */
const TOP_SHARE = 0.999;

const clips = new Map<string, ClipFrames>();
let model: Promise<Lpips> | undefined;

/** The thread that computes heat maps of single frames. */
export const receive: (request: HeatRequest) => void = answerInTurn<HeatRequest, HeatReply>(
  async (request) => {
    const heat = await heatOf(request);
    return [{ heat }, [heat.values.buffer, heat.bitmap]];
  },
  () => clips.clear(),
);

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
