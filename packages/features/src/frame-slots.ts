import { planeSizes, type FrameFormat, type LumaFrame } from '@vqforge/media';
import type { LumaSet } from '@vqforge/media/node';
import { samplesAt, type Chunk, type ClipPlaces } from './feature-calls.ts';

/** Bytes of planes in one chunk; a chunk has at least one frame and at most `MOST_FRAMES`. */
const CHUNK_BYTES = 8 * 2 ** 20;
const MOST_FRAMES = 16;
/** One chunk under way and one that waits, for each thread. */
export const CHUNKS_PER_THREAD = 2;

/**
 * Shared memory that frames are copied into and that all threads see. A slot is free again when its chunk is measured; the
 * last one of a chunk stays for the chunk after it, which measures motion against it.
 */
export class FrameSlots {
  readonly memory: readonly SharedArrayBuffer[];
  readonly places: readonly ClipPlaces[];
  readonly framesPerChunk: number;
  readonly #bitDepth: number;
  readonly #free: number[];
  readonly #wanted: ((slot: number) => void)[] = [];
  /** Last slot of the chunk that was measured last. */
  #kept: number | undefined;

  constructor(format: FrameFormat, renditions: number, hasChroma: boolean, threads: number) {
    const { luma, chromaWidth, chromaHeight, bytesPerSample } = planeSizes(format);
    const chroma = hasChroma ? chromaWidth * chromaHeight : 0;
    const planes = [luma, ...(chroma > 0 ? [chroma, chroma] : [])];
    let offset = 0;
    this.places = Array.from({ length: 1 + renditions }, () =>
      planes.map((samples) => {
        const place = { offset, samples };
        // an even address, also after an odd number of bytes
        offset += 2 * Math.ceil((samples * bytesPerSample) / 2);
        return place;
      }),
    );
    const bytes = offset;
    this.framesPerChunk = Math.min(MOST_FRAMES, Math.max(1, Math.floor(CHUNK_BYTES / bytes)));
    const chunks = threads * CHUNKS_PER_THREAD + 1;
    const count = chunks * this.framesPerChunk + 1;
    this.memory = Array.from({ length: count }, () => new SharedArrayBuffer(bytes));
    this.#free = Array.from({ length: count }, (_, slot) => slot);
    this.#bitDepth = format.bitDepth;
  }

  /** Copies the planes of a moment into a free slot, once there is one. */
  async fill({ reference, distorted }: LumaSet): Promise<number> {
    const slot = this.#free.pop() ?? (await new Promise<number>((resolve) => this.#wanted.push(resolve)));
    for (const [clip, frame] of [reference, ...distorted].entries())
      for (const [plane, place] of (this.places[clip] as ClipPlaces).entries())
        samplesAt(this.memory[slot] as SharedArrayBuffer, place, this.#bitDepth).set(planeOf(frame, plane));
    return slot;
  }

  /** Frees the slots of a measured chunk but its last, and the one that was kept before it. */
  release({ frames }: Chunk): void {
    const slots = frames.map(({ slot }) => slot);
    const last = slots.pop();
    if (this.#kept !== undefined) slots.push(this.#kept);
    this.#kept = last;
    for (const slot of slots) {
      const wanted = this.#wanted.shift();
      if (wanted === undefined) this.#free.push(slot);
      else wanted(slot);
    }
  }
}

/** Luma, Cb or Cr; planes of a reader have no padding. */
function planeOf({ luma, chroma }: LumaFrame, plane: number): Uint8Array | Uint16Array {
  return [luma, chroma?.cb, chroma?.cr][plane] as Uint8Array | Uint16Array;
}
