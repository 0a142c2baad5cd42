import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Json } from './canonical-json.ts';
import type { ProcessAnswer, ProcessRequest } from './process-messages.ts';

/** How a job ended. */
export type JobOutcome =
  | { readonly kind: 'done'; readonly output: Json }
  /** The work threw; `code` of a coded error. */
  | { readonly kind: 'threw'; readonly code: string | null; readonly message: string }
  /** The process ended under the job. */
  | { readonly kind: 'crashed'; readonly message: string }
  /** The job took longer than it may, and its process was killed. */
  | { readonly kind: 'timed out'; readonly message: string };

interface ProcessOptions {
  readonly script: URL;
  readonly setup: Json;
  readonly timeoutMs: number;
}

/** Last bytes of what a process says on stderr, for the message about its crash. */
const STDERR_CHARACTERS = 400;

/** Groups of processes are killed whole; Windows has none. */
const HAS_GROUPS = process.platform !== 'win32';

/** One process of a `ProcessPool`, which works on one job at a time. It is started by its first job, and again after a crash. */
export class PoolProcess {
  readonly #options: ProcessOptions;
  #child: ChildProcess | undefined;
  #end: ((outcome: JobOutcome) => void) | undefined;
  #job = 0;

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  /** Works on a job; never rejects. */
  run(input: Json): Promise<JobOutcome> {
    return new Promise((resolve) => {
      const { timeoutMs } = this.#options;
      const timer = setTimeout(() => {
        this.#finish({ kind: 'timed out', message: `it took longer than ${timeoutMs / 1000} s` });
        this.kill();
      }, timeoutMs);
      this.#end = (outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      };
      this.#child ??= this.#start();
      this.#send(this.#child, { id: ++this.#job, input });
    });
  }

  /** Ends the process, and what it started. A job under way ends as crashed. */
  kill(): void {
    const child = this.#child;
    this.#child = undefined;
    if (child !== undefined) killGroup(child);
    this.#finish({ kind: 'crashed', message: 'its process was stopped' });
  }

  #start(): ChildProcess {
    const { script, setup } = this.#options;
    const child = fork(fileURLToPath(script), {
      detached: HAS_GROUPS,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_CHARACTERS);
    });
    const ended = (how: string): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      const said = stderr.trim().replaceAll(/\s+/g, ' ');
      this.#finish({ kind: 'crashed', message: `its process ${how}${said === '' ? '' : `: ${said}`}` });
    };
    child.on('error', (error) => ended(`could not be started: ${error.message}`));
    // what it started would outlive it, and hold its pipes open
    child.on('exit', () => killGroup(child));
    child.on('close', (code, signal) =>
      ended(signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
    );
    child.on('message', (answer: ProcessAnswer) => {
      if (this.#child !== child || answer.id !== this.#job) return;
      this.#finish(
        'output' in answer ? { kind: 'done', output: answer.output } : { kind: 'threw', ...answer.thrown },
      );
    });
    this.#send(child, { setup });
    return child;
  }

  #send(child: ChildProcess, request: ProcessRequest): void {
    // a process that has ended is met by its end
    child.send(request, () => undefined);
  }

  #finish(outcome: JobOutcome): void {
    const end = this.#end;
    this.#end = undefined;
    end?.(outcome);
  }
}

function killGroup(child: ChildProcess): void {
  try {
    if (HAS_GROUPS && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // nothing of the group is left
  }
  child.kill('SIGKILL');
}
