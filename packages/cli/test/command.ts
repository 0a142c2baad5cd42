import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The product as users start it. */
export const MAIN = fileURLToPath(new URL('../bin/vqforge.js', import.meta.url));

/**
 * wasm is compiled once, by V8's baseline compiler: the same bits, as the digest matrix shows (`npm run matrix`), for a
 * third of the processor time of trainings as short as these.
 */
const BASELINE = ['--liftoff-only'];

export interface Outcome {
  /** As a shell says it: 128 and its number for a signal that ended the process. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of node itself, beside BASELINE. */
  readonly node?: readonly string[];
}

/** A command that runs, for tests that interrupt it. */
export interface RunningCommand {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  /** Resolves when stderr has said it; rejects when the process ends without. */
  readonly said: (text: string) => Promise<void>;
}

export function startCommand(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  const child = spawn(process.execPath, [...BASELINE, ...(options.node ?? []), MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 128 + constants.signals[signal as NodeJS.Signals], stdout, stderr }),
    );
  });
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stderr.includes(text)) resolve();
      };
      look();
      child.stderr.on('data', look);
      child.on('close', () => reject(new Error(`the process ended without saying ${text}: ${stderr}`)));
    });
  return { child, outcome, said };
}

export function runCommand(args: readonly string[], options?: CommandOptions): Promise<Outcome> {
  return startCommand(args, options).outcome;
}

/** A process that runs commands one after another for all tests of this process: starting it is most of a command's time. */
class CommandServer {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  constructor() {
    const script = fileURLToPath(new URL('many-commands.mjs', import.meta.url));
    this.#child = spawn(process.execPath, [...BASELINE, script], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  run(request: object): Promise<Outcome[]> {
    const answer = this.#last.then(async () => {
      this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await this.#answers.next();
      if (done === true) throw new Error('the process that runs commands has ended');
      return JSON.parse(value) as Outcome[];
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }
}

let server: CommandServer | undefined;

/** Many commands one after another, none in a process of its own: what they leave behind in one would show. */
export function runCommands(
  commands: readonly (readonly string[])[],
  { env, cwd }: Pick<CommandOptions, 'env' | 'cwd'> = {},
): Promise<Outcome[]> {
  server ??= new CommandServer();
  return server.run({ commands, env, cwd });
}

/** One command in the process that is shared. Every verb has a test that runs it in its own, too: by `runCommand`. */
export async function runShared(
  args: readonly string[],
  options?: Pick<CommandOptions, 'env' | 'cwd'>,
): Promise<Outcome> {
  const [outcome] = await runCommands([args], options);
  return outcome as Outcome;
}

/** The one line that an error is allowed, without its newline. */
export function errorLine({ stderr }: Outcome): string {
  const lines = stderr
    .split('\n')
    .filter(
      (line) =>
        line !== '' &&
        !/^(training \d+% |\S+: \d+ rows, |warning: |\d+ features?: |read under other names: |no features: |no teacher probes: |teacher probes: )/.test(
          line,
        ),
    );
  if (lines.length !== 1) throw new Error(`expected one line of error, got ${JSON.stringify(stderr)}`);
  return lines[0] as string;
}

/** The line of a training that ships whatever comes of it. */
export function trainLine(table: string, epochs: number, ...flags: readonly string[]): string[] {
  return ['train', '--parquet', table, '--epochs', String(epochs), '--ship-threshold', '-1', ...flags];
}
