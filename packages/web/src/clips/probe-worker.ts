import {
  chromaName,
  findOffset,
  type FoundOffset,
  framesPerSecond,
  lumaSketch,
  type LumaSketch,
} from '@vqforge/media';
import { answerInTurn } from '../answer-calls.ts';
import type { ClipSource } from './clip-file.ts';
import { framesIn } from './frames-in.ts';
import { openClip } from './open-clip.ts';
import type { ClipLook, ProbeReply, ProbeRequest } from './probe-calls.ts';

/** The thread that looks at clips as they are given. */
export const receive: (request: ProbeRequest) => void = answerInTurn<ProbeRequest, ProbeReply>(
  async ({ clip, rendition, by }) => {
    const look = await lookAt(clip);
    const found = rendition && (await offsetOf(clip, rendition, look, by === 'time'));
    return [{ look, ...(found && { found }) }, look.times === null ? [] : [look.times.buffer]];
  },
);

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

/** Seconds to either side in which the beginning of a rendition is looked for, and those of each clip that are read. */
const WITHIN = 1;
const READ_SECONDS = 3;
/** Where a clip does not say its rate. */
const USUAL_RATE = 25;

/** In seconds where frames are paired by time, else in frames. */
async function offsetOf(
  reference: ClipSource,
  rendition: ClipSource,
  { frameRate, times }: ClipLook,
  isByTime: boolean,
): Promise<FoundOffset> {
  const mean =
    times === null || times.length < 2 ? null : (times.length - 1) / ((times.at(-1) ?? 0) - (times[0] ?? 0));
  const rate = frameRate ?? mean ?? USUAL_RATE;
  const sketches = async (clip: ClipSource): Promise<LumaSketch[]> => {
    const source = await openClip(clip, { planes: 'luma' });
    const own = source.format.frameRate;
    const timeOf = (frame: number): number =>
      isByTime ? (source.times?.[frame] ?? frame / (framesPerSecond(own) ?? rate)) : frame / rate;
    const found: LumaSketch[] = [];
    let frame = await source.read();
    while (frame !== null && timeOf(frame.index) < READ_SECONDS) {
      found.push(lumaSketch(frame, timeOf(frame.index)));
      frame = await source.read(frame);
    }
    await source.close();
    return found;
  };
  const options = { within: WITHIN, step: 1 / rate };
  const { offset, isClear } = findOffset(await sketches(reference), await sketches(rendition), options);
  return { offset: isByTime ? Number(offset.toFixed(3)) : Math.round(offset * rate), isClear };
}
