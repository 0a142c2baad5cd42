import { CommanderError } from 'commander';
import { CodedError } from '@vqforge/base';
import { printable } from './terminal-text.ts';

/** The contract of the command line. */
export const EXIT = {
  done: 0,
  findings: 1,
  usage: 2,
  refused: 3,
  internal: 4,
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

/** Signals that ask a command to end, which it does after tidying up. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type Signal = (typeof SIGNALS)[number];

/** Ends a command with an exit code after it has said all it has to say. */
export class CommandExit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Codes of errors that say what a verification found: exit code 1. All others are bad usage or input: exit code 2. */
const FINDINGS: ReadonlySet<string> = new Set([
  'PARITY_FAILED',
  'DIGEST_MISMATCH',
  'SIZE_MISMATCH',
  'UNPINNED_ENTRY',
  'FORBIDDEN_MODEL',
  'FORBIDDEN',
  'UNTRUSTED_MODEL',
  'BAD_SIDECAR',
  'SIDECAR_DISAGREES',
  'REFUSED_IMPORT',
  'REFUSED_SIGNATURE',
  'DEAD_LETTERS',
  'CONFLICTING_RESULTS',
]);

/** Coded errors that a user cannot cause. */
const INTERNAL: ReadonlySet<string> = new Set([
  'WORKER_FAILED',
  'NO_GRADIENT_RULE',
  'INVALID_GRAPH',
  'LENGTH_MISMATCH',
  'NOT_CANONICAL',
]);

/** The exit code of an error: that of the signal where one came, else by its code; internal where it has none. */
export function exitCodeOf(error: unknown, signalled?: Signal): number {
  if (signalled !== undefined) return EXIT[signalled];
  if (error instanceof CommandExit) return error.exitCode;
  // --help and --version end parsing too, and are no errors
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const code = codeOf(error);
  if (lacksFiles(error)) return EXIT.usage;
  if (code === undefined || INTERNAL.has(code)) return EXIT.internal;
  if (code === 'GATE_REFUSED') return EXIT.refused;
  return FINDINGS.has(code) ? EXIT.findings : EXIT.usage;
}

/** One line on stderr; with --json the line is an object, with --verbose the stack follows. */
export function reportError(error: unknown, signalled: Signal | undefined, argv: readonly string[]): void {
  if (error instanceof CommandExit || isAnswered(error)) return;
  const message = signalled === undefined ? messageOf(error, argv) : 'interrupted; nothing was published';
  const code = signalled ?? codeOf(error) ?? (error instanceof CommanderError ? 'USAGE' : 'INTERNAL');
  const line = argv.includes('--json')
    ? JSON.stringify({ error: { code, message, exit_code: exitCodeOf(error, signalled) } })
    : `vqforge: ${printable(message)}`;
  process.stderr.write(`${line}\n`);
  if (argv.includes('--verbose') && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}

/** A code of one of our packages; system errors and bugs have none. */
function codeOf(error: unknown): string | undefined {
  return error instanceof CodedError ? error.code : undefined;
}

/** The system's limits of open files, which no command passes by itself. */
function lacksFiles(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EMFILE' || code === 'ENFILE';
}

function messageOf(error: unknown, argv: readonly string[]): string {
  const text = (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ');
  if (error instanceof CommanderError) return usageText(text) + firstFlagHint(error, argv);
  if (lacksFiles(error)) return `${text}; raise the number of open files with ulimit -n`;
  return codeOf(error) === undefined
    ? `internal error: ${text} (run again with --verbose and report it)`
    : text;
}

/** "error: option '--lr <x>' argument 'a' is invalid. expected a number." in the voice of the other messages. */
function usageText(text: string): string {
  const plain = text
    .replace(/^error: /, '')
    .replace(' is invalid. ', ' is invalid: ')
    .replace(/\.$/, '');
  return `${plain} (--help shows the flags)`;
}

/** What vmaf is called with begins with the flags of `vqforge score`. */
const VMAF_FLAG =
  /^(-[rdwhpbmon]|--(reference|distorted|width|height|pixel_format|bitdepth|model|feature|feature_params|tiny-model|tiny-device|output|threads|subsample|no_prediction|frame_cnt|frame_skip_ref|frame_skip_dist))(=|$)/;

/** Flags of every command, which commander takes behind its name. */
const COMMAND_FLAG = /^--(workspace|json|quiet|verbose)(=|$)/;

function firstFlagHint({ code }: CommanderError, [first = '']: readonly string[]): string {
  if (code !== 'commander.unknownOption') return '';
  if (COMMAND_FLAG.test(first)) return `; ${first} goes behind the command`;
  return VMAF_FLAG.test(first) ? `; clips are scored by vqforge score ${first} …` : '';
}

/** Commander has printed the help or the version: there is nothing to add, even where it was not asked for. */
function isAnswered(error: unknown): boolean {
  return error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help');
}
