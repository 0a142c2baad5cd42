import {
  clipInfo,
  type ClipInfo,
  FrameSets,
  setToTensors,
  type StreamOptions,
  VideoError,
} from '@vqforge/media';
import { clipFacts, clipWarnings, type TensorSource } from '@vqforge/score/pure';
import { type ClipSource, isSmaller } from '../clips/clip-file.ts';
import { framesIn } from '../clips/frames-in.ts';
import { openClip, type OpenedClip } from '../clips/open-clip.ts';
import type { ScoreRequest } from './score-calls.ts';

/** Clips of one run, opened for one pass over them. */
interface ComparedClips {
  readonly sets: FrameSets;
  /** Frames that there are, as far as the files say. */
  readonly total: number | null;
}

/**
 * Opens the reference and its renditions for a pass over all frames.
 *
 * @param keep sets of frames that stay as they are
 * @throws VideoError of clips that cannot be opened or compared
 */
export async function openClips(
  { clips, pairing }: ScoreRequest,
  options: Pick<StreamOptions, 'planes' | 'allocate'>,
  keep = 1,
): Promise<ComparedClips> {
  const sources: OpenedClip[] = [];
  for (const clip of clips) sources.push(await openClip(clip, options));
  for (const source of sources) assertAsked(sources[0] as OpenedClip, source);
  const selection =
    pairing.by === 'number'
      ? { skipReference: pairing.skip.reference, skipDistorted: pairing.skip.distorted }
      : { pairs: pairing.renditions.map(({ frames }) => frames) };
  const sets = await FrameSets.of(sources, { ...selection, keep });
  const frames = framesIn((clips[0] as ClipSource).file, sets.reference);
  const skipped = pairing.by === 'number' ? pairing.skip.reference : 0;
  return { sets, total: frames === null ? null : Math.max(0, frames - skipped) };
}

/** @throws VideoError MISMATCH of a rendition that is larger, or smaller and not asked to be scaled */
function assertAsked(reference: OpenedClip, { name, format }: OpenedClip): void {
  const isUp = isSmaller(format, reference.format);
  if (!isUp && !isSmaller(reference.format, format)) return;
  const [own, whole] = [format, reference.format].map(({ width, height }) => `${width}×${height}`);
  const remedy = isUp ? `tick “Scale to ${whole}” below its name` : 'make the larger one the reference';
  throw new VideoError(
    'MISMATCH',
    `${name} has ${own}, the reference ${reference.name} has ${whole}; ${remedy}`,
  );
}

/** The same clips as LPIPS takes them. @throws VideoError */
export async function openTensors(request: ScoreRequest): Promise<TensorSource> {
  const { sets, total } = await openClips(request, {});
  const [reference, ...distorted] = [sets.reference, ...sets.distorted].map((clip) => clipInfo(clip, {}));
  const { width, height } = sets.reference.format;
  const values = 3 * width * height;
  const tensors = {
    reference: new Float32Array(values),
    distorted: new Float32Array(values * distorted.length),
  };
  return {
    reference: clipFacts(sets.reference.name, reference as ClipInfo),
    distorted: distorted.map((clip) => clipFacts(clip.name, clip)),
    warnings: clipWarnings([reference as ClipInfo, ...distorted]),
    frames: total,
    sets: async function* () {
      for (let set = await sets.read(); set !== null; set = await sets.read()) {
        // no frame of a rendition is near
        if (set.distorted.length === 0) continue;
        setToTensors(set, {}, tensors);
        yield { index: set.index, ...tensors };
      }
    },
    close: () => sets.close(),
  };
}
