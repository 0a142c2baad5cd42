import type { EngineName } from '@vqforge/artifact';
import { openUnverifiedSession, type OpenSession } from '@vqforge/runtime/node';
import { type Tensor } from '@vqforge/runtime';
import { PATCH_SIDE, ReusedPlanes, type Triplet } from '@vqforge/bapps';

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
    return new TripletSession(await openUnverifiedSession(onnx, false, choice), output);
  }

  /**
   * Passes the images of a triplet through the graph: the reference once, both others together, always in this batch, so
   * that its bits depend on nothing but the triplet.
   *
   * @returns the graph's output, first that of p0 and then that of p1
   */
  async pass({ reference, p0, p1 }: Triplet): Promise<Float32Array> {
    // runs overlap: each has arrays of its own
    const planes = new ReusedPlanes();
    const feeds = {
      ref: tensor(planes.of('ref', [reference]), 1),
      dist: tensor(planes.of('dist', [p0, p1]), 2),
    };
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

function tensor(data: Float32Array, count: number): Tensor {
  return { type: 'float32', data, dims: [count, 3, PATCH_SIDE, PATCH_SIDE] };
}
