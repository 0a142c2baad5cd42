import { Presets, SingleBar } from 'cli-progress';

/** Progress on stderr: a bar with an ETA on a terminal, a line per tenth elsewhere, nothing when quiet. */
export class Progress {
  readonly #quiet: boolean;
  readonly #verb: string;
  readonly #unit: string;
  readonly #bar: SingleBar | undefined;
  #isRunning = false;
  #tenths = 0;

  constructor({
    quiet,
    verb = 'training',
    unit = 'steps',
  }: {
    quiet: boolean;
    verb?: string;
    unit?: string;
  }) {
    this.#quiet = quiet;
    this.#verb = verb;
    this.#unit = unit;
    if (!quiet && process.stderr.isTTY) {
      this.#bar = new SingleBar(
        {
          format: `${verb} {bar} {percentage}% | {value}/{total} ${unit} | ETA {eta_formatted}`,
          stream: process.stderr,
          hideCursor: true,
          clearOnComplete: true,
          etaBuffer: 50,
        },
        Presets.shades_classic,
      );
    }
  }

  /** A line of its own, above the bar. */
  line(text: string): void {
    if (!this.#quiet) process.stderr.write(`${text}\n`);
  }

  /** Where the total is not known, a line per hundred. */
  update(done: number, total: number | null): void {
    if (total === null) {
      if (done % 100 === 0) this.line(`${this.#verb} (${done} ${this.#unit})`);
      return;
    }
    if (this.#bar !== undefined) {
      if (!this.#isRunning) this.#bar.start(total, done);
      this.#isRunning = true;
      this.#bar.setTotal(total);
      this.#bar.update(done);
      return;
    }
    const tenths = Math.floor((10 * done) / total);
    if (!this.#quiet && tenths > this.#tenths)
      process.stderr.write(`${this.#verb} ${tenths * 10}% (${done}/${total} ${this.#unit})\n`);
    this.#tenths = Math.max(this.#tenths, tenths);
  }

  stop(): void {
    if (this.#isRunning) this.#bar?.stop();
    this.#isRunning = false;
  }
}
