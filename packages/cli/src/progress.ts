import type { SingleBar } from 'cli-progress';
import { printable } from './terminal-text.ts';

interface Mark {
  readonly done: number;
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
}

/** Progress on stderr with the time that is left: a bar on a terminal, a line per tenth elsewhere, nothing when quiet. */
export class Progress {
  readonly #quiet: boolean;
  readonly #verb: string;
  readonly #unit: string;
  readonly #isTerminal: boolean;
  /** Undefined until its module is loaded, which only a terminal asks for. */
  #bar: SingleBar | undefined;
  #isRunning = false;
  #tenths = 0;
  /** The first update: what a resumed run had done before took no time. */
  #first: Mark | undefined;

  /** Quiet with `--quiet`, and with `--json`, whose readers are programs. */
  constructor(
    { quiet = false, json = false }: { readonly quiet?: boolean; readonly json?: boolean },
    verb = 'training',
    unit = 'steps',
  ) {
    this.#quiet = quiet || json;
    this.#verb = verb;
    this.#unit = unit;
    this.#isTerminal = !this.#quiet && process.stderr.isTTY;
    if (this.#isTerminal) void this.#loadBar();
  }

  async #loadBar(): Promise<void> {
    const { progressBar } = await import('./progress-bar.ts');
    this.#bar = progressBar(this.#verb, this.#unit);
  }

  /** A line of its own, above the bar. */
  line(text: string): void {
    if (!this.#quiet) process.stderr.write(`${printable(text)}\n`);
  }

  /** Where the total is not known, a line per hundred. */
  update(done: number, total: number | null): void {
    if (total === null) {
      if (done % 100 === 0) this.line(`${this.#verb} (${done} ${this.#unit})`);
      return;
    }
    if (this.#isTerminal) {
      if (!this.#isRunning) this.#bar?.start(total, done);
      this.#isRunning = this.#bar !== undefined;
      this.#bar?.setTotal(total);
      this.#bar?.update(done);
      return;
    }
    this.#first ??= { done, at: performance.now() };
    const tenths = Math.floor((10 * done) / total);
    if (tenths > this.#tenths)
      this.line(
        `${this.#verb} ${tenths * 10}% (${done}/${total} ${this.#unit}${this.#timeLeft(done, total)})`,
      );
    this.#tenths = Math.max(this.#tenths, tenths);
  }

  #timeLeft(done: number, total: number): string {
    const { done: before, at } = this.#first as Mark;
    if (done === before || done === total) return '';
    const seconds = (((performance.now() - at) / 1000) * (total - done)) / (done - before);
    return seconds < 90 ? `, ${Math.ceil(seconds)} s left` : `, ${Math.round(seconds / 60)} min left`;
  }

  stop(): void {
    if (this.#isRunning) this.#bar?.stop();
    this.#isRunning = false;
  }
}
