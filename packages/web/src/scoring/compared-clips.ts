import {
  clipInfo,
  type ClipInfo,
  FrameSets,
  type FrameSource,
  planeSizes,
  setToTensors,
  type StreamOptions,
} from '@vqforge/media';
import { clipFacts, clipWarnings, type TensorSource } from '@vqforge/score/pure';
import { type ClipFile, sizeOf } from '../clips/clip-file.ts';
import { openClip } from '../clips/open-clip.ts';
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
  { reference, renditions, raw, selection }: ScoreRequest,
  options: Pick<StreamOptions, 'planes' | 'allocate'>,
  keep = 1,
): Promise<ComparedClips> {
  const sources: FrameSource[] = [];
  for (const file of [reference, ...renditions])
    sources.push(await openClip(file, { ...options, ...(raw === undefined ? {} : { raw }) }));
  const { skipReference, skipDistorted, count } = selection;
  const sets = await FrameSets.of(sources, {
    skipReference,
    skipDistorted,
    keep,
    ...(count === undefined ? {} : { frameCount: count }),
  });
  const frames = framesIn(reference, sets.reference);
  return { sets, total: frames === null ? null : Math.min(count ?? Infinity, frames - skipReference) };
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
        if (set.index % request.selection.subsample !== 0) continue;
        setToTensors(set, {}, tensors);
        yield { index: set.index, ...tensors };
      }
    },
    close: () => sets.close(),
  };
}

/** Y4M and raw YUV hold frames of one size; of others it is not known before they are decoded. */
function framesIn(file: ClipFile, { container, format }: FrameSource): number | null {
  if (container === 'image') return 1;
  if (container !== 'y4m' && container !== 'raw') return null;
  const bytes = planeSizes(format).bytes + (container === 'y4m' ? 'FRAME\n'.length : 0);
  return Math.floor(sizeOf(file) / bytes);
}
