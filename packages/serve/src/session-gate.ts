import type { Lpips } from '@vqforge/runtime';
import type { Gate } from './task-queue.ts';

interface SessionGateOptions {
  /** Pixels of images that all sessions together may keep memory for. */
  readonly pixels: number;
  /** Milliseconds after which a session that is not used gives its memory back. */
  readonly idleMs: number;
}

/** Some 60 MiB: a session that has run no more than this stays warm. */
const SMALL_PIXELS = 2 ** 18;

/** An opened model with a thread of its own, and the memory that it keeps. */
interface Seat {
  readonly lane: string;
  readonly lpips: Lpips;
  /** Pixels of the session's largest run: ONNX Runtime keeps the memory of a run for the next one. */
  keptPixels: number;
  state: 'idle' | 'running' | 'suspending';
  timer?: NodeJS.Timeout;
}

/**
 * Lets runs of LPIPS begin when there is memory for them. All models share it: what one session keeps from its largest
 * run counts until it is suspended, which happens when another needs the room, or after a while without a run.
 */
export class SessionGate {
  readonly #options: SessionGateOptions;
  readonly #seats: Seat[] = [];
  readonly #listeners = new Map<string, () => void>();

  constructor(options: SessionGateOptions) {
    this.#options = options;
  }

  /** Pixels of the largest run that may ever begin. */
  get pixels(): number {
    return this.#options.pixels;
  }

  /** Pixels that sessions keep memory for. */
  get keptPixels(): number {
    return this.#seats.reduce((sum, { keptPixels }) => sum + keptPixels, 0);
  }

  /**
   * Adds the sessions of one model.
   *
   * @returns the gate before that model's queue
   */
  lane(lane: string, sessions: readonly Lpips[]): Gate<Lpips> {
    for (const lpips of sessions) this.#seats.push({ lane, lpips, keptPixels: 0, state: 'idle' });
    return {
      enter: (pixels) => this.#enter(lane, pixels),
      onRoom: (listener) => void this.#listeners.set(lane, listener),
    };
  }

  /** Ends the timers; the sessions are closed by those who opened them. */
  close(): void {
    for (const { timer } of this.#seats) clearTimeout(timer);
  }

  #enter(lane: string, pixels: number): ReturnType<Gate<Lpips>['enter']> {
    const idle = this.#seats.filter((seat) => seat.lane === lane && seat.state === 'idle');
    // the one that needs the least more
    const [seat] = idle.sort((a, b) => b.keptPixels - a.keptPixels);
    if (seat === undefined) return undefined;
    const needed = Math.max(seat.keptPixels, pixels);
    const missing = this.keptPixels - seat.keptPixels + needed - this.#options.pixels;
    if (missing > 0) {
      this.#makeRoom(seat, missing);
      return undefined;
    }
    clearTimeout(seat.timer);
    seat.state = 'running';
    seat.keptPixels = needed;
    const listener = this.#listeners.get(lane);
    // whose turn it was is asked last the next time
    if (this.#listeners.delete(lane) && listener !== undefined) this.#listeners.set(lane, listener);
    return { place: seat.lpips, leave: () => this.#leave(seat) };
  }

  #leave(seat: Seat): void {
    seat.state = 'idle';
    if (seat.keptPixels > SMALL_PIXELS)
      seat.timer = setTimeout(() => this.#suspend(seat), this.#options.idleMs).unref();
    this.#notify();
  }

  #makeRoom(wanting: Seat, pixels: number): void {
    let missing = pixels;
    const others = this.#seats.filter((seat) => seat !== wanting && seat.keptPixels > 0);
    for (const seat of others) {
      if (seat.state === 'suspending') missing -= seat.keptPixels;
    }
    for (const seat of others.sort((a, b) => b.keptPixels - a.keptPixels)) {
      if (missing <= 0) return;
      if (seat.state !== 'idle') continue;
      missing -= seat.keptPixels;
      this.#suspend(seat);
    }
  }

  #suspend(seat: Seat): void {
    if (seat.state !== 'idle') return;
    clearTimeout(seat.timer);
    seat.state = 'suspending';
    const suspended = (): void => {
      seat.keptPixels = 0;
      seat.state = 'idle';
      this.#notify();
    };
    // a session that does not end says so at its next run
    seat.lpips.model.suspend().then(suspended, suspended);
  }

  #notify(): void {
    // a listener that finds room moves to the end
    const listeners = Array.from(this.#listeners.values());
    for (const listener of listeners) listener();
  }
}
