import { Presets, SingleBar } from 'cli-progress';

/** Progress on stderr: a bar with an ETA on a terminal, a line per tenth elsewhere, nothing when quiet. */
export class Progress {
  readonly #quiet: boolean;
  readonly #bar: SingleBar | undefined;
  #isRunning = false;
  #tenths = 0;

  constructor({ quiet }: { quiet: boolean }) {
    this.#quiet = quiet;
    if (!quiet && process.stderr.isTTY) {
      this.#bar = new SingleBar(
        {
          format: 'training {bar} {percentage}% | {value}/{total} steps | ETA {eta_formatted}',
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

  update(done: number, total: number): void {
    if (this.#bar !== undefined) {
      if (!this.#isRunning) this.#bar.start(total, done);
      this.#isRunning = true;
      this.#bar.setTotal(total);
      this.#bar.update(done);
      return;
    }
    const tenths = Math.floor((10 * done) / total);
    if (!this.#quiet && tenths > this.#tenths)
      process.stderr.write(`training ${tenths * 10}% (${done}/${total} steps)\n`);
    this.#tenths = Math.max(this.#tenths, tenths);
  }

  stop(): void {
    if (this.#isRunning) this.#bar?.stop();
    this.#isRunning = false;
  }
}
