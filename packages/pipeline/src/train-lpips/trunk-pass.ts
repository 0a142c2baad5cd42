import { CHANNEL_MEAN, CHANNEL_STD } from '@vqforge/export';
import { openSession, type OpenSession, type Tensor } from '@vqforge/runtime';
import type { EngineName } from '@vqforge/artifact';
import { PATCH_SIDE } from '../bapps/layout.ts';
import type { Triplet } from '../bapps/two-afc.ts';

const PLANE = PATCH_SIDE * PATCH_SIDE;

/** A byte of each channel → ImageNet-normalised. */
const NORMALISED: readonly Float32Array[] = CHANNEL_MEAN.map((mean, channel) =>
  Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / (CHANNEL_STD[channel] as number)),
);

/** A graph with the inputs of LPIPS, in a thread of its own. */
export class TripletSession {
  readonly #open: OpenSession;
  readonly #output: string;

  private constructor(open: OpenSession, output: string) {
    this.#open = open;
    this.#output = output;
  }

  /** One thread computes, so that sums are taken in one order. @throws RuntimeError ENGINE_UNAVAILABLE */
  static async open(onnx: Uint8Array, engine: EngineName, output: string): Promise<TripletSession> {
    const choice = { device: 'cpu', engine, threads: 1, ownThread: true } as const;
    return new TripletSession(await openSession(onnx, false, choice), output);
  }

  /**
   * Passes the images of a triplet through the graph: the reference once, both others together, always in this batch, so
   * that its bits depend on nothing but the triplet.
   *
   * @returns the graph's output, first that of p0 and then that of p1
   */
  async pass({ reference, p0, p1 }: Triplet): Promise<Float32Array> {
    const feeds = { ref: planes([reference]), dist: planes([p0, p1]) };
    const fetches = await this.#open.session.run(feeds);
    return fetches[this.#output]?.data as Float32Array;
  }

  async close(): Promise<void> {
    await this.#open.session.release();
    await this.#open.engine.close();
  }
}

/** Sessions of one graph, opened when there is something to compute: what is kept needs none. */
export class TripletSessions {
  readonly #open: () => Promise<TripletSession>;
  readonly #sessions: (Promise<TripletSession> | undefined)[];
  #turn = 0;

  constructor(model: () => Uint8Array, engine: EngineName, output: string, count: number) {
    let bytes: Uint8Array | undefined;
    this.#open = () => TripletSession.open((bytes ??= model()), engine, output);
    this.#sessions = Array.from({ length: count });
  }

  get count(): number {
    return this.#sessions.length;
  }

  /** As `TripletSession.pass`, by one session after the other. */
  async pass(triplet: Triplet): Promise<Float32Array> {
    const turn = this.#turn++ % this.#sessions.length;
    return (await (this.#sessions[turn] ??= this.#open())).pass(triplet);
  }

  /** After all that was asked for is answered: a thread that ends within a native call takes the process with it. */
  async close(): Promise<void> {
    for (const session of this.#sessions) await (await session)?.close();
  }
}

/** Interleaved RGB bytes [64, 64, 3] → [n, 3, 64, 64]. */
function planes(patches: readonly Uint8Array[]): Tensor {
  const data = new Float32Array(patches.length * 3 * PLANE);
  patches.forEach((patch, image) => {
    for (let channel = 0; channel < 3; channel++) {
      const table = NORMALISED[channel] as Float32Array;
      const to = (3 * image + channel) * PLANE;
      for (let at = 0; at < PLANE; at++) data[to + at] = table[patch[3 * at + channel] as number] as number;
    }
  });
  return { type: 'float32', data, dims: [patches.length, 3, PATCH_SIDE, PATCH_SIDE] };
}
