/** Memory of frames that go around: the last `keep` that were given out stay as they are, older ones may be taken. */
export class SpareFrames<T> {
  readonly #keep: number;
  readonly #given: T[] = [];
  #returned: T | undefined;

  constructor(keep: number) {
    this.#keep = keep;
  }

  /** One whose memory is free, if there is one. */
  take(): T | undefined {
    const returned = this.#returned;
    this.#returned = undefined;
    if (returned !== undefined) return returned;
    return this.#given.length >= this.#keep ? this.#given.shift() : undefined;
  }

  /** The caller has it now. */
  give(frame: T): T {
    this.#given.push(frame);
    return frame;
  }

  /** It was read and not given out. */
  return(frame: T): void {
    this.#returned = frame;
  }
}
