import { stat } from 'node:fs/promises';
import type { CorpusStatus } from '@vqforge/artifact';
import type { CorpusFolder } from './corpus-folder-files.ts';
import { readCorpusState } from './corpus-state-files.ts';

const WINDOW_MS = 10 * 60_000;

/**
 * Compares manifest, results and dead letters of a corpus, also while it is worked off.
 *
 * @param nowMs as `Date.now()` gives it
 * @throws CorpusError NO_RUN | BAD_MANIFEST
 */
export async function readCorpusStatus(folder: CorpusFolder, nowMs: number): Promise<CorpusStatus> {
  const { recorded, done, dead, waiting, unread } = await readCorpusState(folder, { whole: false });
  const perMs = await rateOf(folder, [...new Set(done.map(({ id }) => id))], nowMs);
  const left = waiting.length + unread.length;
  return {
    pairs: recorded.manifest.pairs.length,
    done: done.length,
    waiting: waiting.length,
    unread: unread.length,
    dead_letters: dead.map(({ pair, letter: { id, code, message, attempts } }) => ({
      source: pair.source,
      dis_basename: pair.disBasename,
      id,
      code,
      message,
      attempts,
    })),
    per_hour: perMs === null ? null : perMs * 3_600_000,
    seconds_left: left === 0 ? 0 : perMs === null ? null : left / perMs / 1000,
  };
}

/** Results per millisecond, from the first to the last of those written within the window. */
async function rateOf(folder: CorpusFolder, ids: readonly string[], nowMs: number): Promise<number | null> {
  let first = Infinity;
  let last = -Infinity;
  let count = 0;
  for (const id of ids) {
    const written = (await stat(folder.store.pathOf(id)).catch(() => undefined))?.mtimeMs;
    if (written === undefined || nowMs - written > WINDOW_MS) continue;
    first = Math.min(first, written);
    last = Math.max(last, written);
    count++;
  }
  return count < 2 || last <= first ? null : (count - 1) / (last - first);
}
