// One process that runs commands for a script of many cases: starting a process is most of a command's time.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './check.mjs';

/** Commands of `vqforge` one after another, in a process that is begun anew where one of them ended it. */
export class SharedCommands {
  #child;
  #answers;

  /**
   * @param argv what stands behind `vqforge`
   * @param mostMs after which the process is ended, and the command counts as hanging
   * @returns code, stdout and stderr; code null where the process ended or hung
   */
  async run(argv, mostMs = 300_000) {
    if (this.#child === undefined) this.#start();
    const child = this.#child;
    child.stdin.write(`${JSON.stringify({ commands: [argv] })}\n`);
    const timer = setTimeout(() => child.kill('SIGKILL'), mostMs);
    const { value, done } = await this.#answers.next();
    clearTimeout(timer);
    if (!done) return JSON.parse(value)[0];
    this.#child = undefined;
    return { code: null, stdout: '', stderr: 'the process ended or hung' };
  }

  /** Resident memory of the process at its most, MiB; 0 where none runs or the system does not say. */
  peakMiB() {
    if (this.#child === undefined || process.platform !== 'linux') return 0;
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+)/m.exec(status)[1]) / 1024;
  }

  async close() {
    if (this.#child === undefined) return;
    this.#child.stdin.end();
    await once(this.#child, 'close');
  }

  #start() {
    const script = join(root, 'packages/cli/test/many-commands.mjs');
    this.#child = spawn(process.execPath, ['--liftoff-only', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }
}
