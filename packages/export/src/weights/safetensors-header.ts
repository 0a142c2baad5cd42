import { quoted, WeightsError } from './errors.ts';
import { MAX_RANK } from './state-dict.ts';

/** A tensor as the header describes it. */
export interface HeaderEntry {
  readonly name: string;
  /** as spelled in the file */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** first byte and the byte behind the last, relative to the data section */
  readonly begin: number;
  readonly end: number;
}

/**
 * Parses the JSON header of a safetensors file: `{"name": {"dtype", "shape", "data_offsets"}, …, "__metadata__": {…}}`.
 * JSON.parse would keep the last of two equal names and round large integers; both are refused here.
 *
 * @throws WeightsError MALFORMED
 * @see https://github.com/huggingface/safetensors/blob/v0.6.2/README.md#format
 */
export function parseSafetensorsHeader(text: string): HeaderEntry[] {
  const scanner = new HeaderScanner(text);
  const entries: HeaderEntry[] = [];
  scanner.object((name) => {
    if (name === '__metadata__') scanner.object(() => scanner.string());
    else entries.push(tensorEntry(scanner, name));
  });
  scanner.finish();
  return entries;
}

function tensorEntry(scanner: HeaderScanner, name: string): HeaderEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scanner.object((field) => {
    if (field === 'dtype') dtype = scanner.string();
    else if (field === 'shape') shape = scanner.counts(MAX_RANK);
    else if (field === 'data_offsets') offsets = scanner.counts(2);
    else throw malformed(`tensor ${quoted(name)} has an unknown field ${quoted(field)}`);
  });
  const [begin, end] = offsets ?? [];
  if (dtype === undefined || shape === undefined || begin === undefined || end === undefined) {
    throw malformed(`tensor ${quoted(name)} lacks its dtype, shape or two data_offsets`);
  }
  return { name, dtype, shape, begin, end };
}

/** The part of JSON that a header uses. Objects nest as deep as the caller asks for, never deeper. */
class HeaderScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** `{…}`: calls `member` behind each key, to read its value. */
  object(member: (key: string) => void): void {
    const keys = new Set<string>();
    this.#list('{', '}', () => {
      const key = this.string();
      if (keys.has(key)) throw malformed(`key ${quoted(key)} is there twice`);
      keys.add(key);
      this.#expect(':');
      member(key);
    });
  }

  /** `[…]` of at most `limit` non-negative integers. */
  counts(limit: number): number[] {
    const values: number[] = [];
    this.#list('[', ']', () => {
      if (values.length >= limit) {
        throw malformed(`list of numbers is longer than ${limit} (${this.#where()})`);
      }
      values.push(this.#count());
    });
    return values;
  }

  /** The literal ends at the first unescaped quote; JSON.parse then checks its escapes and control characters. */
  string(): string {
    const [literal] = this.#match(/"[^"\\]*(?:\\.[^"\\]*)*"/y, 'a string');
    try {
      return JSON.parse(literal) as string;
    } catch (cause) {
      const where = this.#where();
      throw new WeightsError('MALFORMED', `safetensors header has a bad string (${where})`, { cause });
    }
  }

  finish(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw malformed(`goes on behind its closing brace (${this.#where()})`);
  }

  #count(): number {
    const [literal] = this.#match(/0|[1-9]\d*/y, 'a non-negative integer');
    const value = Number(literal);
    if (!Number.isSafeInteger(value)) throw malformed(`count ${quoted(literal)} exceeds 2^53 - 1`);
    return value;
  }

  #list(open: string, close: string, item: () => void): void {
    this.#expect(open);
    if (this.#accept(close)) return;
    do item();
    while (this.#accept(','));
    this.#expect(close);
  }

  #accept(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#accept(character)) throw malformed(`lacks "${character}" (${this.#where()})`);
  }

  #match(pattern: RegExp, what: string): RegExpExecArray {
    this.#skipSpace();
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) throw malformed(`lacks ${what} (${this.#where()})`);
    this.#at = pattern.lastIndex;
    return match;
  }

  #skipSpace(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'end')) this.#at++;
  }

  #where(): string {
    return `at character ${this.#at}`;
  }
}

function malformed(problem: string): WeightsError {
  return new WeightsError('MALFORMED', `safetensors header ${problem}`);
}
