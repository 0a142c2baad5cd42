import { defined } from '@vqforge/base';
import { ThreadPool, type ThreadFailure } from '@vqforge/base/node';
import type { SideColours } from './colour.ts';
import type { ComparisonOptions } from './comparison.ts';
import { VideoError, type VideoErrorCode } from './errors.ts';
import type { ClipInfo, OpenedClips, TensorCalls, TensorPair, TensorSetup } from './tensor-calls.ts';

/** Options of `openTensorSets`. */
export interface TensorSetOptions extends Omit<ComparisonOptions, 'planes' | 'rgb' | 'keep' | 'allocate'> {
  /** How YCbCr becomes RGB, on both sides or on each. */
  readonly colour?: SideColours;
  /** Sets of tensors made before they are asked for (default 1); each takes 12·W·H·(1 + renditions) bytes. */
  readonly ahead?: number;
}

/** Tensors of one moment, ready for LPIPS. They are valid until the next are asked for, which take their memory. */
export interface TensorSet {
  /** From 0, counted after what was skipped: libvmaf's frameNum. */
  readonly index: number;
  /** [3, H, W] */
  readonly reference: Float32Array;
  /** [N, 3, H, W], in the order of the paths */
  readonly distorted: Float32Array;
}

/**
 * Opens a reference and its renditions in a thread of its own, which reads, decodes and converts the next frames while
 * this thread runs the model. (`session.run` of onnxruntime-node blocks the thread that calls it.)
 *
 * @throws VideoError those of `openComparison`, INTERRUPTED when the signal aborts
 * @example
 * const clips = await openTensorSets({ reference: 'ref.y4m', distorted: ['a.y4m', 'b.y4m'] });
 * for await (const { index, reference, distorted } of clips.sets()) await score(reference, distorted);
 */
export async function openTensorSets(options: TensorSetOptions): Promise<TensorSets> {
  const { colour = {}, ahead = 1, signal, ...comparison } = options;
  if (!Number.isInteger(ahead) || ahead < 1 || ahead > MOST_AHEAD)
    throw new VideoError('INVALID_OPTION', `ahead must be an integer from 1 to ${MOST_AHEAD}, got ${ahead}`);
  const thread = new ThreadPool<TensorCalls>({
    script: new URL('./tensor-worker.js', import.meta.url),
    setup: { comparison, colour } satisfies TensorSetup,
    size: 1,
    callsPerThread: ahead,
    // the thread closes files and ends the programs that decode
    ending: 'between calls',
    ...defined({ signal }),
    toError,
  });
  try {
    return new TensorSets(thread, await thread.run('open', null), ahead);
  } catch (error) {
    await thread.close();
    throw error;
  }
}

/** More would take memory and save no time: conversion is many times faster than the model. */
const MOST_AHEAD = 64;

type NextSet = Promise<TensorCalls['next']['reply']>;

/** Tensors of a reference and its renditions, moment after moment; see `openTensorSets`. */
export class TensorSets {
  readonly reference: ClipInfo;
  readonly distorted: readonly ClipInfo[];
  readonly #thread: ThreadPool<TensorCalls>;
  /** Sets that the thread makes ahead. */
  readonly #upcoming: NextSet[] = [];
  #isClosed = false;

  constructor(thread: ThreadPool<TensorCalls>, { reference, distorted }: OpenedClips, ahead: number) {
    this.#thread = thread;
    this.reference = reference;
    this.distorted = distorted;
    for (let set = 0; set < ahead; set++) this.#ask(this.#allocate());
  }

  /**
   * All sets in order; to be iterated once. Leaving the loop closes the clips.
   *
   * @throws VideoError UNEQUAL_LENGTH | TRUNCATED | MALFORMED | UNREADABLE | DECODE_FAILED after the sets that were good
   */
  async *sets(): AsyncGenerator<TensorSet, void, undefined> {
    let spare: TensorPair | undefined = this.#allocate();
    try {
      for (;;) {
        const set = await this.#upcoming.shift();
        if (set === undefined || set === null) return;
        if (spare !== undefined) this.#ask(spare);
        spare = undefined;
        yield { index: set.index, ...set.tensors };
        this.#ask(set.tensors);
      }
    } catch (error) {
      // what fails because it was closed is just the end
      if (!this.#isClosed) throw error;
    } finally {
      await this.close();
    }
  }

  /** Also while sets are waited for, which then end. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#thread.close();
  }

  /** Has the thread fill memory with the next set. */
  #ask(tensors: TensorPair): void {
    const transfer = [tensors.reference.buffer, tensors.distorted.buffer];
    const set = this.#thread.run('next', tensors, { transfer });
    // a failure is met when its turn comes
    set.catch(() => undefined);
    this.#upcoming.push(set);
  }

  #allocate(): TensorPair {
    const { width, height } = this.reference.format;
    const values = 3 * width * height;
    return {
      reference: new Float32Array(values),
      distorted: new Float32Array(values * this.distorted.length),
    };
  }
}

function toError(failure: ThreadFailure): VideoError {
  const { kind, message } = failure;
  if (kind === 'threw') {
    const { name, fields } = failure;
    if (name !== 'VideoError') return new VideoError('WORKER_FAILED', message);
    const goodFrames = fields['goodFrames'] as number | null;
    return new VideoError(fields['code'] as VideoErrorCode, message, { goodFrames });
  }
  if (kind === 'closed') return new VideoError('INTERRUPTED', 'the reading of frames was interrupted');
  const cause = kind === 'died' ? failure.cause : undefined;
  return new VideoError('WORKER_FAILED', `the thread that reads frames stopped: ${message}`, { cause });
}
