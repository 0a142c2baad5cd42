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
