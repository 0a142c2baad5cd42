import { printable } from './printable.ts';

/** Writes the result of a command to standard output: with `--json` the document on one line, else lines for people. */
export function printResult(
  { json }: { readonly json?: boolean },
  document: unknown,
  lines: readonly string[],
): void {
  const shown = json === true ? [JSON.stringify(document)] : lines;
  process.stdout.write(shown.map((line) => `${printable(line)}\n`).join(''));
}
