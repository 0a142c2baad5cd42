import { openVideo } from '@vqforge/media/node';
import { type OpenedModels, scoreClips, type ScoreDocument } from '@vqforge/score/clips';
import { ServerError } from './errors.ts';
import type { OnProgress } from './event-stream.ts';
import type { Place, ServedModel } from './model-interface.ts';
import type { ScoreForm } from './score-form.ts';
import type { UploadedFiles } from './uploaded-files.ts';

interface PairRequest {
  readonly form: ScoreForm;
  readonly files: UploadedFiles;
  readonly model: ServedModel;
  /** Place of the model's lane that the request got with its turn. */
  readonly place: Place;
  /** Threads that measure features. */
  readonly threads: number;
  /** Frames that one request may have. */
  readonly mostFrames: number;
  readonly version: string;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/**
 * Scores an uploaded pair by one model, as `vqforge score` does.
 *
 * @throws ServerError TOO_LARGE for a clip of more frames than `mostFrames`
 * @throws ScoreError | VideoError | FeaturesError of `scoreClips`
 */
export async function scoredPair({
  form,
  files,
  model,
  place,
  threads,
  mostFrames,
  version,
  now,
  signal,
  onProgress,
}: PairRequest): Promise<ScoreDocument> {
  const { raw, still } = form;
  const tooLong = new AbortController();
  const watch: OnProgress = (frames, total) => {
    if (Math.max(frames, total ?? 0) > mostFrames) tooLong.abort();
    onProgress(frames, total);
  };
  try {
    const { document } = await scoreClips({
      reference: files.reference,
      distorted: [files.distorted],
      models: { opened: { ...scorersOf(model), ...(place === undefined ? {} : { lpips: place }) } },
      still,
      selection: { skipReference: 0, skipDistorted: 0, subsample: 1 },
      colour: {},
      featuresFrom: [],
      environment: {},
      featureThreads: threads,
      version,
      now,
      signal: AbortSignal.any([signal, tooLong.signal]),
      onProgress: watch,
      ...(raw === undefined ? {} : { raw }),
    });
    // a short clip may be done before it is stopped
    tooLong.signal.throwIfAborted();
    return withNames(document, files);
  } catch (error) {
    if (tooLong.signal.aborted)
      throw new ServerError(
        'TOO_LARGE',
        `the clips have more than the ${mostFrames} frames that this server takes; send a part of them, or raise its --max-batch`,
        { cause: error },
      );
    throw error;
  }
}

function scorersOf({ lpips, regressor }: ServedModel): OpenedModels['opened'] {
  return { ...(lpips === undefined ? {} : { lpips }), ...(regressor === undefined ? {} : { regressor }) };
}

/**
 * Pixels of a frame of the larger clip, by their headers.
 *
 * @throws ServerError TOO_LARGE
 * @throws VideoError of `openVideo`
 */
export async function framePixels(
  files: UploadedFiles,
  { raw }: Pick<ScoreForm, 'raw'>,
  mostPixels: number,
  signal: AbortSignal,
): Promise<number> {
  let pixels = 0;
  for (const name of ['reference', 'distorted'] as const) {
    const video = await openVideo({ path: files[name] }, { signal, ...(raw === undefined ? {} : { raw }) });
    const { width, height } = video.format;
    await video.close();
    if (width * height > mostPixels)
      throw new ServerError(
        'TOO_LARGE',
        `${name} is ${width}×${height}, more than the ${mostPixels} pixels of a frame that this server takes; scale both clips down, or raise its --max-tensor`,
      );
    pixels = Math.max(pixels, width * height);
  }
  return pixels;
}

/** Clips under the names of the form, not under those of temporary files. */
function withNames(document: ScoreDocument, files: UploadedFiles): ScoreDocument {
  return JSON.parse(
    JSON.stringify(document, (_key, value: unknown) =>
      typeof value === 'string' ? files.named(value) : value,
    ),
  ) as ScoreDocument;
}
