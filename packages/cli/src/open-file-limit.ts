import { readFileSync } from 'node:fs';
import { UsageError } from './usage-error.ts';

/** What serving takes beside connections: code, models, threads, the files of libraries that load later. */
const OWN_FILES = 64;

/** Fewer connections than these are no server. */
const FEWEST_CONNECTIONS = 16;

/** Connections when no flag says how many; what the server itself takes by default. */
const DEFAULT_CONNECTIONS = 1024;

/**
 * How many connections a server may take: one open file each, beside those of the server.
 *
 * @param asked the flag --max-connections
 * @param limit files that this process may have open; null where the system does not say
 * @throws UsageError when there are too few files for those that were asked for, or for any
 */
export function connectionsWithin(asked: number | undefined, limit: number | null): number {
  const wanted = asked ?? DEFAULT_CONNECTIONS;
  const most = limit === null ? Infinity : limit - OWN_FILES;
  if (most >= (asked ?? FEWEST_CONNECTIONS)) return Math.min(wanted, most);
  const needed = OWN_FILES + (asked ?? FEWEST_CONNECTIONS);
  throw new UsageError(
    `this process may open ${limit} files, expected at least ${needed} for a server of ${needed - OWN_FILES} connections; raise it with ulimit -n${asked === undefined ? '' : ', or lower --max-connections'}`,
  );
}

/** Linux says it in /proc; Node has raised its own limit to the hard one before. */
export function openFileLimit(): number | null {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return limit === undefined ? null : Number(limit);
  } catch {
    return null;
  }
}
