import { NOT_FINITE_TOKEN } from '../text-number.ts';

/** A fault of a JSON text, and where it is. */
export class JsonTextError extends Error {}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;

/** A log nests four levels; what we skip in it may nest a little more. */
const MAX_DEPTH = 32;

/**
 * Walks JSON (RFC 8259) without building it: memory is that of the text, however many values are in it, and repeated
 * keys can be seen. The caller says what it expects where; nothing recurses deeper than MAX_DEPTH.
 */
export class JsonCursor {
  readonly #text: string;
  #position = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Calls `onKey` at every value; it must read or skip exactly that. @throws JsonTextError */
  object(onKey: (key: string) => void): void {
    const seen = new Set<string>();
    this.#container('{', '}', () => {
      const key = this.string();
      if (seen.has(key)) throw new JsonTextError(`it repeats the key ${JSON.stringify(key.slice(0, 60))}`);
      seen.add(key);
      this.#expect(':');
      onKey(key);
    });
  }

  /** Calls `onItem` at every item. @throws JsonTextError */
  array(onItem: () => void): void {
    this.#container('[', ']', onItem);
  }

  /** Whether an array comes next. */
  isArray(): boolean {
    this.#skipSpace();
    return this.#text[this.#position] === '[';
  }

  string(): string {
    this.#skipSpace();
    const start = this.#position;
    let end = start + 1;
    if (this.#text[start] !== '"') throw this.#unexpected('a string in double quotes');
    for (; end < this.#text.length && this.#text[end] !== '"'; end++) if (this.#text[end] === '\\') end++;
    if (end >= this.#text.length) throw this.#cut('the end of a string');
    this.#position = end + 1;
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      this.#position = start;
      throw this.#unexpected('a string without control characters or bad escapes');
    }
  }

  /** A number, or NaN for null and for the spellings of C's printf. */
  number(): number {
    this.#skipSpace();
    const start = this.#position;
    const number = this.#match(NUMBER);
    // 1.#QNAN begins as a number does
    if (number !== undefined && this.#text[this.#position] !== '.') return Number(number);
    this.#position = start;
    if (this.#word('null') || this.#match(NOT_FINITE_TOKEN) !== undefined) return NaN;
    throw this.#unexpected('a number');
  }

  /** Any value, checked and forgotten. */
  skip(): void {
    this.#skipSpace();
    const first = this.#text[this.#position];
    if (first === '{') this.object(() => this.skip());
    else if (first === '[') this.array(() => this.skip());
    else if (first === '"') this.string();
    else if (!this.#word('true') && !this.#word('false')) this.number();
  }

  /** A string, or nothing when the value is of another kind. */
  stringOrSkip(): string | undefined {
    this.#skipSpace();
    if (this.#text[this.#position] === '"') return this.string();
    this.skip();
    return undefined;
  }

  /** A number as `number` reads it, or nothing when the value is of another kind. */
  numberOrSkip(): number | undefined {
    this.#skipSpace();
    if (/[-+\dniNI]/.test(this.#text[this.#position] ?? '')) return this.number();
    this.skip();
    return undefined;
  }

  end(): void {
    this.#skipSpace();
    if (this.#position < this.#text.length) throw this.#unexpected('the end of the text');
  }

  #container(open: string, close: string, onEntry: () => void): void {
    this.#expect(open);
    if (++this.#depth > MAX_DEPTH) throw new JsonTextError(`it nests deeper than ${MAX_DEPTH} levels`);
    if (!this.#accept(close)) {
      do onEntry();
      while (this.#accept(','));
      this.#expect(close);
    }
    this.#depth--;
  }

  #accept(mark: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#position] !== mark) return false;
    this.#position++;
    return true;
  }

  #expect(mark: string): void {
    if (!this.#accept(mark)) throw this.#unexpected(`"${mark}"`);
  }

  #word(word: string): boolean {
    if (!this.#text.startsWith(word, this.#position)) return false;
    this.#position += word.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text)?.[0];
    if (match !== undefined) this.#position += match.length;
    return match;
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#position;
    SPACE.test(this.#text);
    this.#position = SPACE.lastIndex;
  }

  #unexpected(expected: string): JsonTextError {
    if (this.#position >= this.#text.length) return this.#cut(expected);
    const got = JSON.stringify(this.#text[this.#position]);
    return new JsonTextError(`expected ${expected} at character ${this.#position}, got ${got}`);
  }

  #cut(expected: string): JsonTextError {
    return new JsonTextError(
      `it is cut short: it ends at character ${this.#text.length}, before ${expected}`,
    );
  }
}
