import { Worker } from 'node:worker_threads';
import type { ColourOptions } from './colour.ts';
import type { ComparisonOptions } from './comparison.ts';
import { VideoError } from './errors.ts';
import type { ClipInfo, TensorPair, ThreadReply, ThreadRequest, ThreadSetup } from './tensor-messages.ts';

export interface TensorSetOptions extends ComparisonOptions {
  readonly colour?: ColourOptions;
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
 * @throws VideoError what Comparison.open throws
 * @example
 * const clips = await openTensorSets({ reference: 'ref.y4m', distorted: ['a.y4m', 'b.y4m'] });
 * for await (const { index, reference, distorted } of clips.sets()) await score(reference, distorted);
 */
export async function openTensorSets(options: TensorSetOptions): Promise<TensorSets> {
  const { colour = {}, ahead = 1, ...comparison } = options;
  if (!Number.isInteger(ahead) || ahead < 1 || ahead > MOST_AHEAD)
    throw new VideoError('INVALID_OPTION', `ahead must be an integer from 1 to ${MOST_AHEAD}, got ${ahead}`);
  const thread = new TensorThread({ comparison, colour, tensors: ahead + 1 });
  try {
    const opened = await thread.next();
    if (opened.type !== 'opened')
      throw new VideoError('WORKER_FAILED', 'the thread that reads frames did not say what it reads');
    return new TensorSets(thread, opened.reference, opened.distorted);
  } catch (error) {
    await thread.close();
    throw error;
  }
}

/** More would take memory and save no time: conversion is many times faster than the model. */
const MOST_AHEAD = 64;

export class TensorSets {
  readonly reference: ClipInfo;
  readonly distorted: readonly ClipInfo[];
  readonly #thread: TensorThread;

  constructor(thread: TensorThread, reference: ClipInfo, distorted: readonly ClipInfo[]) {
    this.#thread = thread;
    this.reference = reference;
    this.distorted = distorted;
  }

  /**
   * All sets in order; to be iterated once. Leaving the loop closes the clips.
   *
   * @throws VideoError UNEQUAL_LENGTH | TRUNCATED | MALFORMED | UNREADABLE | DECODE_FAILED after the sets that were good
   */
  async *sets(): AsyncGenerator<TensorSet, void, undefined> {
    try {
      for (let reply = await this.#thread.next(); reply.type === 'set'; reply = await this.#thread.next()) {
        yield { index: reply.index, ...reply.tensors };
        this.#thread.recycle(reply.tensors);
      }
    } finally {
      await this.close();
    }
  }

  /** Also while sets are waited for, which then end. */
  async close(): Promise<void> {
    await this.#thread.close();
  }
}

type Waiting = { readonly resolve: (reply: ThreadReply) => void; readonly reject: (error: unknown) => void };

/** The thread's replies in order. */
class TensorThread {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #replies: ThreadReply[] = [];
  #waiting: Waiting | undefined;
  #failure: VideoError | undefined;
  #isClosing = false;

  constructor(workerData: ThreadSetup) {
    this.#worker = new Worker(new URL('./tensor-worker.js', import.meta.url), { execArgv: [], workerData });
    this.#worker.on('message', (reply: ThreadReply) => {
      if (reply.type === 'error') {
        const { code, message, goodFrames } = reply;
        this.#fail(new VideoError(code, message, { goodFrames }));
      } else this.#receive(reply);
    });
    this.#worker.on('error', (cause) =>
      this.#fail(
        new VideoError('WORKER_FAILED', `the thread that reads frames stopped: ${cause.message}`, { cause }),
      ),
    );
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#fail(new VideoError('WORKER_FAILED', 'the thread that reads frames stopped'));
        resolve();
      });
    });
  }

  /** The next reply; a failure comes after the replies before it. */
  next(): Promise<ThreadReply> {
    return new Promise((resolve, reject) => {
      const reply = this.#replies.shift();
      if (reply !== undefined) resolve(reply);
      else if (this.#failure !== undefined) reject(this.#failure);
      else this.#waiting = { resolve, reject };
    });
  }

  recycle(tensors: TensorPair): void {
    this.#post({ type: 'recycle', tensors }, [tensors.reference.buffer, tensors.distorted.buffer]);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#post({ type: 'close' });
    await this.#ended;
  }

  #post(request: ThreadRequest, moved: ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, moved);
  }

  #receive(reply: ThreadReply): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#replies.push(reply);
    else waiting.resolve(reply);
  }

  /** The first failure is the one that is told; what fails because it was closed is just the end. */
  #fail(error: VideoError): void {
    if (this.#isClosing) return this.#receive({ type: 'end' });
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }
}
