import type { ClipSource } from '../clips/clip-file.ts';
import type { FrameReply, FrameRequest, Picture } from '../clips/frame-calls.ts';
import { startWorker } from '../start-worker.ts';
import { WorkerCalls } from './worker-calls.ts';

/** Bytes of pictures that are kept. */
const KEPT_BYTES = 192 * 2 ** 20;

/** Pictures of frames, decoded in a thread of their own; the last ones are kept. */
export class FramePictures {
  readonly #clips: readonly ClipSource[];
  readonly #calls = new WorkerCalls<FrameRequest, FrameReply>(
    () => startWorker('frames'),
    'the thread that decodes frames has failed; choose the files again',
  );
  /** In the order of their last use. */
  readonly #kept = new Map<string, Promise<Picture>>();

  /** @param clips the reference, then its renditions */
  constructor(clips: readonly ClipSource[]) {
    this.#clips = clips;
  }

  /**
   * @param clip 0 is the reference
   * @throws Error of a frame that cannot be decoded
   */
  picture(clip: number, index: number): Promise<Picture> {
    const key = `${clip} ${index}`;
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    const picture = this.#request(clip, index);
    this.#kept.set(key, picture);
    picture.then(
      // the codes, and the same to be drawn
      ({ rgba }) => this.#keep(2 * rgba.length),
      () => this.#kept.delete(key),
    );
    return picture;
  }

  close(): void {
    this.#calls.close();
    this.#kept.clear();
  }

  async #request(clip: number, index: number): Promise<Picture> {
    const wanted = { key: String(clip), clip: this.#clips[clip] as ClipSource, index };
    return (await this.#calls.call(wanted)).picture;
  }

  /** Forgets the oldest until the rest fits. Pictures of one run are of one size. */
  #keep(bytes: number): void {
    const most = Math.max(2 * this.#clips.length, Math.floor(KEPT_BYTES / bytes));
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= most) break;
      this.#kept.delete(key);
    }
  }
}
