import { InvalidArgumentError } from 'commander';

/** Parses the value of a flag: an integer in a range. */
export function integerFlag(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`expected an integer from ${min} to ${max}.`);
    return value;
  };
}

/** Decimal only: Number() would also take '0x10', ' 5 ' and the empty string. */
export function numberFlag(text: string): number {
  const value = Number(text);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(value))
    throw new InvalidArgumentError('expected a finite decimal number.');
  return value;
}

/** Parses and collects URLs of servers. */
export function urlsFlag(url: string, earlier: string[] = []): string[] {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new InvalidArgumentError('expected a URL that starts with http:// or https://.');
  return [...earlier, url];
}

/** Parses names separated by commas. */
export function namesFlag(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === ''))
    throw new InvalidArgumentError('expected names separated by commas.');
  return names;
}

/** Parses and collects `new=old`, each new name once. */
export function mapFlag(
  text: string,
  earlier: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const [, column, from] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (column === undefined || from === undefined)
    throw new InvalidArgumentError('expected new=old, such as vmaf=vmaf_v0.6.1.');
  if (earlier.has(column)) throw new InvalidArgumentError(`${column} is mapped twice.`);
  return new Map([...earlier, [column, from]]);
}

/** Collects the values of a flag that may be given again. */
export function collectFlag(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

/** Parses names or addresses of machines, without ports, separated by commas. */
export function hostNamesFlag(text: string): string[] {
  const names = namesFlag(text);
  if (names.every((name) => /^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(name))) return names;
  throw new InvalidArgumentError('expected names or addresses without ports, separated by commas.');
}

/** Parses `low,high`, two numbers, the lower one first. */
export function rangeFlag(text: string): readonly [low: number, high: number] {
  const [low, high, ...others] = numbersFlag(text);
  if (low === undefined || high === undefined || others.length > 0 || low >= high)
    throw new InvalidArgumentError('expected two numbers separated by a comma, the lower one first.');
  return [low, high];
}

/** Parses integers and ranges of them, such as `0-4,7`. */
export function integersFlag(min: number, max: number): (text: string) => number[] {
  const integer = integerFlag(min, max);
  return (text) =>
    text.split(',').flatMap((part) => {
      const [, from, to] = /^(\d+)-(\d+)$/.exec(part) ?? [];
      if (from === undefined || to === undefined) return [integer(part)];
      const [first, last] = [integer(from), integer(to)];
      if (last < first || last - first >= MOST_LISTED)
        throw new InvalidArgumentError(`expected a range of 1 to ${MOST_LISTED} integers, got ${part}.`);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

/** A range that is longer is a slip of the pen. */
const MOST_LISTED = 10_000;

/** Parses decimal numbers separated by commas. */
export function numbersFlag(text: string): number[] {
  return text.split(',').map((part) => numberFlag(part));
}

/** Parses words of a closed list, separated by commas. */
export function choicesFlag<const T extends string>(words: readonly T[]): (text: string) => readonly T[] {
  return (text) =>
    text.split(',').map((part) => {
      const word = words.find((candidate) => candidate === part);
      if (word === undefined) throw new InvalidArgumentError(`expected words of ${words.join(', ')}.`);
      return word;
    });
}
