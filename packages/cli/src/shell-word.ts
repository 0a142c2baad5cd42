/**
 * An argument as it can be pasted into a POSIX shell.
 * @example shellWord('my models/tiny') // => "'my models/tiny'"
 * @example shellWord('model/tiny') // => 'model/tiny'
 */
export function shellWord(text: string): string {
  return /^[\p{L}\p{N}_./:@%+=,-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
