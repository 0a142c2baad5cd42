import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withTemporaryFolder } from '@vqforge/base/node';
import type { VmafLog } from '@vqforge/table';
import { ScoreError } from './errors.ts';

export interface VmafOptions {
  /** Y4M, or raw YUV with `rawFormat`: vmaf reads nothing else. */
  readonly reference: string;
  readonly distorted: string;
  /** What messages call a path, where it stands for another file. */
  readonly names?: ReadonlyMap<string, string> | undefined;
  readonly rawFormat?:
    | {
        readonly width: number;
        readonly height: number;
        readonly pixelFormat: '420' | '422' | '444';
        readonly bitDepth: 8 | 10 | 12 | 16;
      }
    | undefined;
  /** The program, by path or to be found on PATH; default `vmaf`. */
  readonly program?: string;
  /**
   * A built-in model (`vmaf_v0.6.1`), a model file, or vmaf's own `key=value:…`; default what vmaf takes by itself. The
   * features that it needs are logged.
   */
  readonly model?: string | undefined;
  /** Features beside those of the model, in vmaf's words: `psnr`, `float_ssim`, … */
  readonly features?: readonly string[];
  readonly subsample?: number;
  readonly frameCount?: number | undefined;
  readonly skipReference?: number;
  readonly skipDistorted?: number;
  readonly threads?: number | undefined;
  /** Default 6 hours: two hours of 2160 lines take some four on two cores. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface VmafResult {
  readonly log: VmafLog;
  /** Set when vmaf measured only the beginning of the clips, which it answers with exit code 0. */
  readonly failure?: ScoreError;
}

const TIMEOUT_MS = 6 * 3_600_000;
/** Between asking a process to end and ending it. */
const GRACE_MS = 2000;
/** vmaf writes a line about a failure, or a page of usage. */
const STDERR_CHARACTERS = 16_384;

/**
 * Measures a pair of clips with libvmaf's command line tool, through a temporary JSON log.
 *
 * @throws ScoreError MISSING_PROGRAM | BAD_INPUT | PROGRAM_FAILED | INTERRUPTED
 * @see https://github.com/Netflix/vmaf/blob/master/libvmaf/tools/README.md
 */
export async function runVmaf(options: VmafOptions): Promise<VmafResult> {
  for (const path of [options.reference, options.distorted]) await assertReadable(path);
  return withTemporaryFolder(async (folder) => {
    const output = join(folder, 'log.json');
    const stderr = await run(options, vmafArguments(options, output));
    // logs are read by few runs, and the tables that come with it take their time to load
    const { readVmafLog } = await import('@vqforge/table');
    const read = await readVmafLog(output).catch((error: unknown) => {
      const why = lastLine(stderr) || (error as Error).message;
      throw failed(options, `wrote no log that can be read: ${why}`, error);
    });
    // messages name the clip, not a file that is gone
    const log = { ...read, name: `what vmaf logged of ${nameOf(options, options.distorted)}` };
    const failure = incomplete(options, stderr);
    return failure === undefined ? { log } : { log, failure };
  });
}

function vmafArguments(options: VmafOptions, output: string): string[] {
  const { reference, distorted, rawFormat, model, features = [] } = options;
  const numbers = {
    width: rawFormat?.width,
    height: rawFormat?.height,
    pixel_format: rawFormat?.pixelFormat,
    bitdepth: rawFormat?.bitDepth,
    subsample: options.subsample,
    frame_cnt: options.frameCount,
    frame_skip_ref: options.skipReference,
    frame_skip_dist: options.skipDistorted,
    threads: options.threads,
  };
  return [
    '--reference',
    reference,
    '--distorted',
    distorted,
    '--json',
    '--output',
    output,
    '--quiet',
    ...Object.entries(numbers).flatMap(([name, value]) => (value ? [`--${name}`, String(value)] : [])),
    ...(model === undefined ? [] : ['--model', modelArgument(model)]),
    ...features.flatMap((feature) => ['--feature', feature]),
  ];
}

/** vmaf splits at colons and equals signs, and knows no way to write one. */
function modelArgument(model: string): string {
  if (model.includes('=')) return model;
  if (model.includes(':'))
    throw new ScoreError('BAD_INPUT', `vmaf cannot take a model file with a colon in its path: ${model}`);
  return /[/\\]|\.(json|pkl)$/.test(model) ? `path=${model}` : `version=${model}`;
}

/** @returns the end of what it wrote to stderr */
function run(options: VmafOptions, args: readonly string[]): Promise<string> {
  const { program = 'vmaf', timeoutMs = TIMEOUT_MS, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(interrupted());
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true });
    let stderr = '';
    let verdict: ScoreError | undefined;
    let killer: NodeJS.Timeout | undefined;
    const end = (reason: ScoreError): void => {
      verdict ??= reason;
      child.kill('SIGTERM');
      killer ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };
    const onAbort = (): void => end(interrupted());
    const timer = setTimeout(
      () => end(failed(options, `took longer than ${timeoutMs / 1000} s and was ended`)),
      timeoutMs,
    );
    const settle = (settled: () => void): void => {
      clearTimeout(timer);
      clearTimeout(killer);
      signal?.removeEventListener('abort', onAbort);
      settled();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_CHARACTERS);
    });
    child.on('error', (cause) => settle(() => reject(notStarted(program, cause))));
    child.on('close', (code, by) =>
      settle(() => {
        if (verdict !== undefined) return reject(verdict);
        if (code === 0) return resolve(stderr);
        const how = code === null ? `was ended by ${by}` : `ended with exit code ${code}`;
        const why = reasonIn(stderr);
        reject(failed(options, why === '' ? how : `${how}: ${why}`));
      }),
    );
  });
}

/** What vmaf says when it stops before the end of a clip. */
function incomplete(options: VmafOptions, stderr: string): ScoreError | undefined {
  const [reference, distorted] = namesOf(options);
  const ended = /"(.*)" ended before "(.*)"/.exec(stderr);
  if (ended !== null)
    return new ScoreError(
      'UNEQUAL_LENGTH',
      `${nameOf(options, ended[1] as string)} ends before ${nameOf(options, ended[2] as string)}; compare clips of the same frames`,
    );
  if (!/problem (while )?reading pictures/.test(stderr)) return undefined;
  return new ScoreError('BAD_INPUT', `vmaf could not read ${reference} and ${distorted} to their ends`);
}

function namesOf(options: VmafOptions): [string, string] {
  return [nameOf(options, options.reference), nameOf(options, options.distorted)];
}

function nameOf({ names }: VmafOptions, path: string): string {
  return names?.get(path) ?? path;
}

/** A page of usage begins with what is wrong, other messages end with it. */
function reasonIn(stderr: string): string {
  return stderr.includes('Usage:') ? (stderr.trim().split('\n')[0] ?? '') : lastLine(stderr);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

async function assertReadable(path: string): Promise<void> {
  const entry = await stat(path).catch((cause: unknown) => {
    throw new ScoreError('BAD_INPUT', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  });
  if (entry.isDirectory()) throw new ScoreError('BAD_INPUT', `${path} is a folder, expected a clip`);
}

function notStarted(program: string, cause: Error): ScoreError {
  const { code } = cause as NodeJS.ErrnoException;
  const hint = "install libvmaf's command line tool, or name it with --vmaf-bin";
  const what = code === 'ENOENT' ? 'is not there' : `cannot be started (${cause.message})`;
  return new ScoreError('MISSING_PROGRAM', `the program ${program} ${what}; ${hint}`, { cause });
}

function failed(options: VmafOptions, what: string, cause?: unknown): ScoreError {
  const [reference, distorted] = namesOf(options);
  return new ScoreError('PROGRAM_FAILED', `vmaf on ${reference} and ${distorted} ${what}`, { cause });
}

function interrupted(): ScoreError {
  return new ScoreError('INTERRUPTED', 'vmaf was ended because the run was interrupted');
}
