import { imageToTensor, openTensorSets, readImage, type Image, type TensorSet } from '@vqforge/media/tensors';
import { ScoreError } from './errors.ts';
import { clipFacts, clipWarnings } from './clip-facts.ts';
import { areImages, expectedFrames } from './clip-files.ts';
import type { ClipRequest } from './clip-request.ts';
import type { ClipFacts } from './score-document.ts';

/** A reference and its renditions, as tensors frame by frame. */
export interface TensorSource {
  readonly reference: ClipFacts;
  readonly distorted: readonly ClipFacts[];
  /** What is read otherwise than the inputs say. */
  readonly warnings: readonly string[];
  /** Frames that will be scored, as far as the files say; null where they do not. */
  readonly frames: number | null;
  sets(): AsyncIterable<TensorSet>;
  close(): Promise<void>;
}

/**
 * Clips, which a thread of their own decodes ahead of the model; or images.
 *
 * @throws VideoError; ScoreError SIZE_MISMATCH | BAD_INPUT
 */
export async function openTensorSource(request: ClipRequest): Promise<TensorSource> {
  const paths = [request.reference, ...request.distorted];
  return (await areImages(paths)) ? openImages(request) : openClips(request);
}

async function openClips(request: ClipRequest): Promise<TensorSource> {
  const { reference, distorted, colour, raw, selection, scale = false, signal } = request;
  const { skipReference, skipDistorted, subsample, count } = selection;
  const clips = await openTensorSets({
    reference,
    distorted,
    colour,
    ...(raw === undefined ? {} : { raw }),
    ...(signal === undefined ? {} : { signal }),
    ...(count === undefined ? {} : { frameCount: count }),
    skipReference,
    skipDistorted,
    subsample,
    scale,
  });
  const all = [clips.reference, ...clips.distorted];
  if (request.strict === true && all.some(({ unhonoured }) => unhonoured.length > 0)) {
    await clips.close();
    throw new ScoreError(
      'COLOUR_TAGS',
      `${clipWarnings(all).join('; ')}; convert the clips, or leave out --strict`,
    );
  }
  return {
    warnings: clipWarnings(all),
    reference: clipFacts(reference, clips.reference),
    distorted: clips.distorted.map((clip, at) => clipFacts(distorted[at] as string, clip)),
    frames: await expectedFrames(reference, clips.reference, selection),
    sets: () => clips.sets(),
    close: () => clips.close(),
  };
}

async function openImages(request: ClipRequest): Promise<TensorSource> {
  const { reference: path, distorted: paths } = request;
  const reference = await readImage(path);
  const distorted = await Promise.all(paths.map((other) => readImage(other)));
  for (const [at, { width, height }] of distorted.entries()) {
    if (width !== reference.width || height !== reference.height)
      throw new ScoreError(
        'SIZE_MISMATCH',
        `${paths[at]} has ${width}×${height}, the reference ${path} has ${reference.width}×${reference.height}; scale it to the same size`,
      );
  }
  return {
    reference: imageFacts(path, reference),
    distorted: distorted.map((image, at) => imageFacts(paths[at] as string, image)),
    warnings: [],
    frames: 1,
    sets: async function* () {
      const values = 3 * reference.width * reference.height;
      const tensors = new Float32Array(values * distorted.length);
      for (const [at, image] of distorted.entries())
        imageToTensor(image, tensors.subarray(at * values, (at + 1) * values));
      yield { index: 0, reference: imageToTensor(reference), distorted: tensors };
    },
    close: async () => undefined,
  };
}

function imageFacts(path: string, { width, height, source }: Image): ClipFacts {
  return {
    path,
    width,
    height,
    bit_depth: source.bits,
    chroma: 'rgb',
    range: 'full',
    matrix: 'rgb',
    frame_rate: null,
  };
}
