import { stat } from 'node:fs/promises';
import { framesPerSecond, imageToTensor, planeSizes, type ClipInfo } from '@vqforge/media';
import {
  imageFormatOfFile,
  openTensorSets,
  readImage,
  type Image,
  type TensorSet,
} from '@vqforge/media/node';
import { ScoreError } from './errors.ts';
import type { ClipRequest, FrameSelection } from './clip-request.ts';
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
  const areImages = await Promise.all(paths.map(isImage));
  if (areImages.every((is) => !is)) return openClips(request);
  if (areImages.every((is) => is)) return openImages(request);
  throw new ScoreError(
    'BAD_INPUT',
    `${paths[areImages.indexOf(true)]} is an image and ${paths[areImages.indexOf(false)]} is not, expected images or clips`,
  );
}

/** Pipes are not looked into: what is read of them is gone. */
async function isImage(path: string): Promise<boolean> {
  const file = await stat(path).catch(() => undefined);
  return file?.isFile() === true && (await imageFormatOfFile(path)) !== null;
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
  const tags = tagWarnings(all);
  if (request.strict === true && tags.length > 0) {
    await clips.close();
    throw new ScoreError('COLOUR_TAGS', `${tags.join('; ')}; convert the clips, or leave out --strict`);
  }
  return {
    warnings: [...tags, ...alphaWarnings(all)],
    reference: clipFacts(reference, clips.reference),
    distorted: clips.distorted.map((clip, at) => clipFacts(distorted[at] as string, clip)),
    frames: await expectedFrames(reference, clips.reference, selection),
    sets: () => clips.sets(),
    close: () => clips.close(),
  };
}

function clipFacts(path: string, { format, colour, unhonoured, decoded, scaled }: ClipInfo): ClipFacts {
  const { width, height, bitDepth, chroma, frameRate, tags = {} } = format;
  return {
    path,
    width,
    height,
    bit_depth: bitDepth,
    chroma,
    range: colour.range,
    matrix: colour.matrix,
    ...(Object.keys(tags).length === 0 ? {} : { colour_tags: tags }),
    ...(unhonoured.length === 0 ? {} : { not_honoured: unhonoured }),
    ...(decoded === null ? {} : { pixel_format: decoded.pixelFormat }),
    ...(decoded?.alpha === true ? { alpha: 'ignored' } : {}),
    ...(scaled === null ? {} : { scaled_from: scaled }),
    frame_rate: framesPerSecond(frameRate),
  };
}

/** One line for each kind of tag, whichever clips have it. */
function tagWarnings(clips: readonly ClipInfo[]): string[] {
  const named = new Map<string, Set<string>>();
  for (const { name, unhonoured } of clips)
    for (const tag of unhonoured) named.set(tag, (named.get(tag) ?? new Set()).add(name));
  return [...named].map(
    ([tag, names]) =>
      `LPIPS cannot honour the ${tag} of ${[...names].join(', ')}; its codes are taken as those of standard dynamic range`,
  );
}

function alphaWarnings(clips: readonly ClipInfo[]): string[] {
  const names = new Set(clips.filter(({ decoded }) => decoded?.alpha === true).map(({ name }) => name));
  return names.size === 0 ? [] : [`alpha of ${[...names].join(', ')} is ignored`];
}

/** As many as the reference has room for; what ffmpeg decodes or a pipe brings, nobody knows. */
async function expectedFrames(
  path: string,
  { container, format }: ClipInfo,
  { skipReference, subsample, count = Infinity }: FrameSelection,
): Promise<number | null> {
  const file = await stat(path).catch(() => undefined);
  if (file?.isFile() !== true || container === 'ffmpeg') return null;
  const bytes = planeSizes(format).bytes + (container === 'y4m' ? 'FRAME\n'.length : 0);
  return Math.max(0, Math.ceil(Math.min(count, Math.floor(file.size / bytes) - skipReference) / subsample));
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
