import { Worker } from 'node:worker_threads';
import { CodedError } from '@vqforge/artifact/core';
import type { FrameMemory, FrameReply, FrameRequest, OpenedClips } from './frame-messages.ts';

/** A reference frame and renditions of it, valid until the next batch is asked for. */
interface FrameBatch {
  /** Position among the frames that were read, from 0. */
  readonly frame: number;
  /** Position of the first of these renditions. */
  readonly first: number;
  readonly count: number;
  /** [3, height, width], RGB normalised by ImageNet's mean and deviation. */
  readonly reference: Float32Array;
  /** [count, 3, height, width] */
  readonly distorted: Float32Array;
}

/**
 * A thread that decodes clips and makes tensors of their frames while the calling thread scores the last ones:
 * onnxruntime-node computes in the thread that calls it, where nothing can be read meanwhile.
 */
export class FramePool {
  readonly #worker: Worker;
  readonly #replies: FrameReply[] = [];
  #wake: () => void = () => undefined;
  #error: Error | undefined;
  /** Values of one image. */
  #image = 0;

  constructor(request: FrameRequest) {
    this.#worker = new Worker(new URL('./frame-worker.js', import.meta.url), {
      execArgv: [],
      workerData: request,
    });
    this.#worker.on('message', (reply: FrameReply) => {
      this.#replies.push(reply);
      this.#wake();
    });
    this.#worker.on('error', (error) => {
      this.#error = error;
      this.#wake();
    });
  }

  /** What lies behind the names. @throws CodedError of what cannot be opened */
  async opened(): Promise<OpenedClips> {
    const reply = await this.#next();
    if (reply.type !== 'opened') throw new Error(`the frame thread began with ${reply.type}`);
    this.#image = 3 * reply.clips.reference.width * reply.clips.reference.height;
    return reply.clips;
  }

  /**
   * Frames in order, those with many renditions in several batches.
   *
   * @throws CodedError of what cannot be decoded, after the batches before it
   */
  async *batches(): AsyncGenerator<FrameBatch> {
    for (let reply = await this.#next(); reply.type === 'frame'; reply = await this.#next()) {
      const { frame, first, count, memory } = reply;
      yield {
        frame,
        first,
        count,
        reference: new Float32Array(memory, 0, this.#image),
        distorted: new Float32Array(
          memory,
          this.#image * Float32Array.BYTES_PER_ELEMENT,
          count * this.#image,
        ),
      };
      this.#worker.postMessage({ memory } satisfies FrameMemory, [memory]);
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #next(): Promise<FrameReply> {
    while (this.#replies.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const reply = this.#replies.shift() as FrameReply;
    if (reply.type === 'failed') throw coded(reply);
    return reply;
  }
}

/** An error class does not survive the way between threads; its name and code do. */
function coded({ name, failure }: Extract<FrameReply, { type: 'failed' }>): CodedError {
  const error = new CodedError(failure.code, failure.message);
  error.name = name;
  return error;
}
