/**
 * The result of a reading, or a rejection as soon as the signal aborts: a reading that waits for bytes is left waiting.
 *
 * @throws the signal's reason
 */
export async function untilAborted<T>(
  signal: AbortSignal | undefined,
  reading: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return reading();
  signal.throwIfAborted();
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([reading(), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
