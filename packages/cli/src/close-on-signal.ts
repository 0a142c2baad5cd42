import { CommandExit, EXIT } from './exit-codes.ts';

/** Closes a server at the signal that ends the command, also one that came before, and ends with its exit code. */
export async function closeOnSignal(
  server: { readonly close: () => Promise<void> },
  signal: AbortSignal,
): Promise<never> {
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  await server.close();
  // main.ts makes it the exit code of whichever signal it was
  throw new CommandExit(EXIT.SIGTERM);
}
