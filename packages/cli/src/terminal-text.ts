import { relative } from 'node:path';

/** Characters that would move the cursor, change colours, break a line or reverse its order. */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text from a file or argument on one line of a terminal, its control characters escaped: names in tables are foreign text.
 * @example printable('a\u001b[2Jb') // => 'a\\u001b[2Jb'
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * A path as it works when it is pasted where the user stands: relative to there, or whole where that is shorter.
 * @example shownPath('/data/runs/a.json') // => 'runs/a.json' in /data, '../runs/a.json' in /data/model
 */
export function shownPath(path: string): string {
  const from = relative(process.cwd(), path);
  if (from === '') return '.';
  return from.length < path.length ? from : path;
}

/** Writes the result of a command to standard output: with `--json` the document on one line, else lines for people. */
export function printResult(
  { json }: { readonly json?: boolean },
  document: unknown,
  lines: readonly string[],
): void {
  const shown = json === true ? [JSON.stringify(document)] : lines;
  process.stdout.write(shown.map((line) => `${printable(line)}\n`).join(''));
}

/** `path  sha256` of everything written. */
export function writtenLines(
  written: readonly { readonly path: string; readonly sha256: string }[],
): string[] {
  const names = written.map(({ path }) => shownPath(path));
  const width = Math.max(...names.map((name) => name.length));
  return written.map(({ sha256 }, i) => `${(names[i] as string).padEnd(width)}  sha256 ${sha256}`);
}
