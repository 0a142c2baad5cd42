/** Decimal numbers as C, Python and spreadsheets write them; not '', '0x10' or ' 5 ', which Number() would take. */
const DECIMAL = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i; // no two ways to read a digit: linear

/**
 * NaN and infinity as C runtimes print them: glibc `-nan`, musl and macOS `nan(0x8000000000000)`, Windows `-nan(ind)`,
 * `nan(snan)` and, before 2015, `-1.#IND`, `1.#QNAN`, `1.#INF00`, with as many digits as were asked for.
 */
const NAN = /^[-+]?(?:nan(?:\([\w]*\))?|\d\.#(?:IND|[QS]NAN?)\d*)$/i;
const INFINITE = /^[-+]?(?:inf(?:inity)?|\d\.#INF\d*)$/i;

/**
 * The number that a text is, as printf writes it; NaN and infinities too, nothing for any other text.
 *
 * @example textNumber('-1.#IND00') // => NaN
 * @example textNumber('0x10') // => undefined
 */
export function textNumber(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  if (NAN.test(text)) return NaN;
  if (INFINITE.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return undefined;
}

/**
 * The same where JSON text has a number: from `at` on, as a sticky pattern.
 *
 * @see textNumber
 */
export const NOT_FINITE_TOKEN: RegExp =
  /[-+]?(?:nan(?:\([\w]*\))?|inf(?:inity)?|\d\.#(?:IND|[QS]NAN?|INF)\d*)/iy;
