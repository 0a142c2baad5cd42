#!/usr/bin/env node
import { exitCodeOf, reportError } from './exit-codes.ts';
import { buildProgram } from './program.ts';

/** The process: arguments in, signals and exit code out. Everything else is in the commands, which load on demand. */
const interrupt = new AbortController();
let signalled: 'SIGINT' | 'SIGTERM' | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // the second one does not wait for the first to finish tidying up
    if (signalled !== undefined) process.exit(exitCodeOf(undefined, signal));
    signalled = signal;
    interrupt.abort();
  });
}
// a reader that has seen enough (`| head`) is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 2));

const argv = process.argv.slice(2);
try {
  await buildProgram(interrupt.signal, argv).parseAsync(argv, { from: 'user' });
} catch (error) {
  process.exitCode = exitCodeOf(error, signalled);
  reportError(error, signalled, argv);
}
