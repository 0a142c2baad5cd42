import { relative } from 'node:path';

/**
 * A path as it works when it is pasted where the user stands: relative to there, or whole where that is shorter.
 * @example shownPath('/data/runs/a.json') // => 'runs/a.json' in /data, '../runs/a.json' in /data/model
 */
export function shownPath(path: string): string {
  const from = relative(process.cwd(), path);
  if (from === '') return '.';
  return from.length < path.length ? from : path;
}
