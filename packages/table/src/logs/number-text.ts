/**
 * The number that a text is, as C's printf writes it: decimal, or NaN for nan and inf; nothing for any other text.
 * (Number() would also take '', '0x10' and ' 5 '.)
 */
export function numberOf(text: string): number | undefined {
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return Number(text);
  return /^-?(nan|inf(inity)?)$/i.test(text) ? NaN : undefined;
}
