#!/usr/bin/env node
import { dirname } from 'node:path';
import { EXIT, exitCodeOf, reportError, type Signal, SIGNALS } from './exit-codes.ts';
import { buildProgram } from './program.ts';

/** The process: arguments in, signals and exit code out. Everything else is in the commands, which load on demand. */
const interrupt = new AbortController();
let signalled: Signal | undefined;
for (const signal of SIGNALS) {
  process.on(signal, () => {
    if (signalled !== undefined) return endAtOnce(signal);
    signalled = signal;
    interrupt.abort();
  });
}
const argv = process.argv.slice(2);
standWhereTheUserStands();
// onnxruntime-node writes a device id to the home directory at its first session unless this is set; a thread cannot
// set it, because it has only a copy of the environment
process.env['ORT_DISABLE_TELEMETRY'] = '1';
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // a reader that has seen enough (`| head`) is no failure
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`vqforge: the result cannot be written: ${error.code}\n`);
  process.exit(EXIT.usage);
});
// progress whose reader has gone is no failure either
process.stderr.on('error', () => undefined);
// node's own exit code would be 1, which means findings
process.on('uncaughtException', (error) => {
  reportError(error, signalled, argv);
  process.exit(signalled === undefined ? EXIT.internal : EXIT[signalled]);
});

try {
  const program = await buildProgram(interrupt.signal, argv);
  await program.parseAsync(argv, { from: 'user' });
} catch (error) {
  process.exitCode = exitCodeOf(error, signalled);
  reportError(error, signalled, argv);
}

/** Npm runs scripts in the folder of their package, whatever folder the user is in; paths are the user's. */
function standWhereTheUserStands(): void {
  const { INIT_CWD: folder, npm_package_json: packageFile } = process.env;
  if (folder === undefined || packageFile === undefined || dirname(packageFile) !== process.cwd()) return;
  try {
    process.chdir(folder);
  } catch {
    // a folder that is gone: paths are then relative to the package
  }
}

/**
 * The second signal does not wait for the first to finish tidying up. It is not answered by process.exit(), which ends
 * the threads too, within calls of onnxruntime-node that abort the process then.
 */
function endAtOnce(signal: Signal): void {
  // the progress bar hides the cursor and the ends of long lines
  if (process.stderr.isTTY) process.stderr.write('\u001b[?25h\u001b[?7h');
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
