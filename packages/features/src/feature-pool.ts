import { counted, inOrder } from '@vqforge/base';
import { ThreadPool, type ThreadFailure } from '@vqforge/base/node';
import { openLumaSets, type LumaSet, type LumaSetOptions, type LumaSets } from '@vqforge/media/node';
import { chunkMeasurement } from './chunk-measurement.ts';
import { commonFormat } from './common-format.ts';
import { FeaturesError, type FeaturesErrorCode } from './errors.ts';
import type { Chunk, FeatureCalls, FeatureSetup, MeasuredFrame } from './feature-calls.ts';
import { completeOptions, type FeatureOptions } from './feature-options.ts';
import { CHUNKS_PER_THREAD, FrameSlots } from './frame-slots.ts';
import { kernelsModule } from './kernels.ts';
import type { LumaFormat } from './luma-plane.ts';
import { FeatureSequence, type FrameFeatures } from './feature-sequence.ts';

/** Clips, the options of their measurement, and the number of threads. */
export interface ExtractOptions extends FeatureOptions, Omit<LumaSetOptions, 'chroma' | 'keep'> {
  /**
   * Threads that measure, each with memory of about 13 luma planes; default 1. `caller`: the calling thread measures and no
   * other is started, for short clips in a process that has nothing else to do.
   */
  readonly threads?: number | 'caller';
  /** Measure PSNR of every plane too; chroma is then read. Default false. */
  readonly psnr?: boolean;
}

/** A clip as it was opened. */
export type MeasuredClip = Pick<
  LumaSets['reference'],
  'name' | 'container' | 'format' | 'decoded' | 'scaled'
>;

/** A 2160p frame takes a thread half a second; a thread without an answer for so long is lost. */
const STALL_MS = 120_000;

/**
 * Opens a reference and its renditions and measures VMAF's features of every frame, spread over threads, in frame order.
 * Memory is bounded by the picture size: a few chunks of frames, and the kernels' memory in each thread.
 *
 * @throws FeaturesError TOO_SMALL | TOO_LARGE | UNSUPPORTED_DEPTH | INVALID_OPTION, MISMATCH when bit depths differ
 * @throws VideoError of clips that cannot be opened or are not of one size
 * @example
 * const stream = await openFeatures({ reference: 'ref.y4m', distorted: ['a.y4m'], threads: 2 });
 * for await (const { index, motion, renditions } of stream.frames()) console.log(index, renditions[0].adm.adm2);
 */
export async function openFeatures(options: ExtractOptions): Promise<FeatureStream> {
  const { threads = 1, psnr = false, subsample = 1 } = options;
  if (threads !== 'caller' && (!Number.isInteger(threads) || threads < 1 || threads > 1024))
    throw new FeaturesError('INVALID_OPTION', `threads is ${threads}, expected an integer from 1 to 1024`);
  // motion is measured between consecutive frames, so all are read
  const clips = await openLumaSets({ ...options, subsample: 1, chroma: psnr, keep: 1 });
  try {
    const format = commonFormat(clips);
    return new FeatureStream(clips, format, options, threads, psnr, subsample);
  } catch (error) {
    await clips.close();
    throw error;
  }
}

/**
 * The features of every frame of a reference and its renditions: `openFeatures` in one call.
 *
 * @throws as `openFeatures`; and while iterating, after every frame that was whole, the VideoError of a clip that fails or
 *   ends before the others
 * @example
 * for await (const { renditions } of extractFeatures({ reference: 'ref.y4m', distorted: ['a.y4m'] }))
 *   console.log(renditions[0].vif.scales.map(({ score }) => score));
 */
export async function* extractFeatures(
  options: ExtractOptions,
): AsyncGenerator<FrameFeatures, void, undefined> {
  yield* (await openFeatures(options)).frames();
}

/** Clips under measurement. */
export class FeatureStream {
  readonly reference: MeasuredClip;
  readonly distorted: readonly MeasuredClip[];
  readonly #clips: LumaSets;
  readonly #format: LumaFormat;
  readonly #options: FeatureOptions;
  readonly #subsample: number;
  readonly #measurer: Measurer;
  readonly #slots: FrameSlots;
  readonly #threads: number;

  constructor(
    clips: LumaSets,
    format: LumaFormat,
    options: ExtractOptions,
    threads: number | 'caller',
    psnr: boolean,
    subsample: number,
  ) {
    this.#options = completeOptions(options); // refuses options before a thread starts
    this.#clips = clips;
    this.#format = format;
    this.#subsample = subsample;
    this.#threads = threads === 'caller' ? 1 : threads;
    this.reference = clipOf(clips.reference);
    this.distorted = clips.distorted.map(clipOf);
    this.#slots = new FrameSlots(this.reference.format, this.distorted.length, psnr, this.#threads);
    const setup: FeatureSetup = {
      format,
      options: this.#options,
      slots: this.#slots.memory,
      clips: this.#slots.places,
      psnr,
      kernels: kernelsModule(),
    };
    this.#measurer =
      threads === 'caller' ? ownMeasurer(setup) : pooledMeasurer(setup, threads, options.signal);
  }

  /**
   * All frames, in their order, to be iterated once; leaving the loop closes clips and threads.
   *
   * @throws VideoError of a clip that fails, after the frames that were whole; FeaturesError OUT_OF_RANGE | WORKER_FAILED |
   *   INTERRUPTED
   */
  async *frames(): AsyncGenerator<FrameFeatures, void, undefined> {
    const sequence = new FeatureSequence(this.#format, this.#options);
    let failure: { readonly error: unknown } | undefined;
    const chunks = this.#chunks((error) => (failure = { error }));
    try {
      const measured = inOrder(chunks, this.#threads * CHUNKS_PER_THREAD, async (chunk) => {
        return { chunk, frames: await this.#measurer.measure(chunk) };
      });
      for await (const { chunk, frames } of measured) {
        this.#slots.release(chunk);
        for (const frame of frames) yield* sequence.next(frame);
      }
      yield* sequence.end();
      if (failure !== undefined) throw failure.error;
    } finally {
      await this.close();
    }
  }

  /** Stops threads and readers. */
  async close(): Promise<void> {
    await Promise.all([this.#measurer.close(), this.#clips.close()]);
  }

  /** Fills slots with frames and bundles consecutive ones; a reader that fails ends the chunks, and its error goes to `failed`. */
  async *#chunks(failed: (error: unknown) => void): AsyncGenerator<Chunk, void, undefined> {
    let before: number | null = null;
    let frames: Chunk['frames'][number][] = [];
    for (;;) {
      let set: LumaSet | null;
      try {
        set = await this.#clips.read();
      } catch (error) {
        failed(error);
        set = null;
      }
      if (set !== null) {
        const slot = await this.#slots.fill(set);
        frames.push({ index: set.index, slot, measured: set.index % this.#subsample === 0 });
      }
      if (frames.length > 0 && (set === null || frames.length === this.#slots.framesPerChunk)) {
        yield { before, frames };
        before = frames.at(-1)?.slot ?? null;
        frames = [];
      }
      if (set === null) return;
    }
  }
}

/** A way to measure chunks of frames: in the caller's thread, or in a pool. */
interface Measurer {
  measure(chunk: Chunk): Promise<readonly MeasuredFrame[]>;
  close(): Promise<void>;
}

function ownMeasurer(setup: FeatureSetup): Measurer {
  const measure = chunkMeasurement(setup);
  return { measure: async (chunk) => measure(chunk), close: async () => undefined };
}

function pooledMeasurer(setup: FeatureSetup, size: number, signal: AbortSignal | undefined): Measurer {
  const pool = new ThreadPool<FeatureCalls>({
    script: new URL('./feature-worker.js', import.meta.url),
    setup,
    size,
    callsPerThread: CHUNKS_PER_THREAD,
    ending: 'at once',
    stallMs: STALL_MS,
    toError,
    ...(signal === undefined ? {} : { signal }),
  });
  return { measure: (chunk) => pool.run('measure', chunk), close: () => pool.close() };
}

function clipOf({ name, container, format, decoded, scaled }: LumaSets['reference']): MeasuredClip {
  return { name, container, format, decoded, scaled };
}

function toError(failure: ThreadFailure): FeaturesError {
  const cause = 'cause' in failure ? { cause: failure.cause } : undefined;
  switch (failure.kind) {
    case 'closed':
      return new FeaturesError('INTERRUPTED', 'the measuring of features was interrupted', cause);
    case 'threw':
      if (failure.name === 'FeaturesError')
        return new FeaturesError(failure.fields['code'] as FeaturesErrorCode, failure.message, cause);
      return new FeaturesError('WORKER_FAILED', `a feature thread failed: ${failure.message}`, cause);
    default: {
      const frames = (failure.call?.request as Chunk | undefined)?.frames;
      const at = frames ? ` at frame ${frames[0]?.index} (${counted(frames.length, 'frame')})` : '';
      return new FeaturesError('WORKER_FAILED', `a feature thread failed${at}: ${failure.message}`, cause);
    }
  }
}
