import { CodedError } from './coded-error.ts';

export type JsonErrorCode = 'NOT_JSON' | 'TOO_LARGE' | 'INVALID_DOCUMENT' | 'NOT_CANONICAL';

/** Text that is not the strict JSON that `parseJson` accepts, or a value that has no canonical spelling. */
export class JsonError extends CodedError<JsonErrorCode> {}

export interface JsonLimits {
  /** Refuse longer documents before decoding them. */
  readonly maxBytes: number;
  /** Refuse deeper nesting; our own documents nest eight levels at most. */
  readonly maxDepth: number;
}

/** 1 MiB is the cap of libvmaf-style loaders for sidecars and registries. */
const DEFAULT_JSON_LIMITS: JsonLimits = { maxBytes: 1_048_576, maxDepth: 64 };

/**
 * Strict JSON (RFC 8259) from hostile bytes: what `JSON.parse` hides is refused here.
 *
 * Refused: longer than `maxBytes`, deeper than `maxDepth` (TOO_LARGE); not UTF-8, a byte order mark, `NaN`,
 * trailing text (NOT_JSON); a repeated key, a key named `__proto__`, a number that float64 would change
 * beyond its range or an integer that it cannot hold (INVALID_DOCUMENT).
 *
 * @throws JsonError TOO_LARGE | NOT_JSON | INVALID_DOCUMENT
 * @see https://www.rfc-editor.org/rfc/rfc8259
 * @example parseJson('{"a":[1,2]}') // => { a: [1, 2] }
 */
export function parseJson(
  input: Uint8Array | string,
  limits: Partial<JsonLimits> = {},
  name = 'the document',
): unknown {
  const { maxBytes, maxDepth } = { ...DEFAULT_JSON_LIMITS, ...limits };
  const byteLength = typeof input === 'string' ? utf8Length(input) : input.byteLength;
  if (byteLength > maxBytes) {
    throw new JsonError('TOO_LARGE', `${name} is ${byteLength} bytes, expected at most ${maxBytes}`);
  }
  return new JsonReader(
    typeof input === 'string' ? input : decodeUtf8(input, name),
    maxDepth,
    name,
  ).document();
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

function decodeUtf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new JsonError('NOT_JSON', `${name} is not UTF-8 text`, { cause });
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;
const LITERALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** Recursive descent; `depth` bounds the recursion, so no input can overflow the stack. */
class JsonReader {
  private readonly text: string;
  private readonly maxDepth: number;
  private readonly name: string;
  private position = 0;

  constructor(text: string, maxDepth: number, name: string) {
    this.text = text;
    this.maxDepth = maxDepth;
    this.name = name;
  }

  document(): unknown {
    const value = this.value(0);
    this.skipSpace();
    if (this.position < this.text.length) throw this.unexpected('the end of the text');
    return value;
  }

  private value(depth: number): unknown {
    this.skipSpace();
    const first = this.text[this.position];
    if (first === '{' || first === '[') {
      if (depth >= this.maxDepth) {
        throw new JsonError('TOO_LARGE', `${this.name} nests deeper than ${this.maxDepth} levels`);
      }
      return first === '{' ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (first === '"') return this.string();
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.position)) {
        this.position += word.length;
        return value;
      }
    }
    return this.number();
  }

  private object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.position++;
    if (this.accept('}')) return object;
    do {
      this.skipSpace();
      if (this.text[this.position] !== '"') throw this.unexpected('a key in double quotes');
      const key = this.string();
      if (key === '__proto__') throw this.invalid('has a key named __proto__; rename it');
      if (Object.hasOwn(object, key)) throw this.invalid(`repeats the key ${JSON.stringify(key)}; keep one`);
      if (!this.accept(':')) throw this.unexpected('":"');
      object[key] = this.value(depth); // own key: __proto__ is refused above
    } while (this.accept(','));
    if (!this.accept('}')) throw this.unexpected('"," or "}"');
    return object;
  }

  private array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.position++;
    if (this.accept(']')) return array;
    do {
      array.push(this.value(depth));
    } while (this.accept(','));
    if (!this.accept(']')) throw this.unexpected('"," or "]"');
    return array;
  }

  private string(): string {
    const start = this.position;
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    try {
      const value = JSON.parse(this.text.slice(start, end + 1)) as string;
      this.position = end + 1;
      return value;
    } catch {
      throw this.unexpected('a string without control characters or bad escapes, closed by a double quote');
    }
  }

  private number(): number {
    NUMBER.lastIndex = this.position;
    const spelling = NUMBER.exec(this.text)?.[0];
    if (spelling === undefined) throw this.unexpected('a JSON value');
    const value = Number(spelling);
    const isExact = /[.eE]/.test(spelling) ? Number.isFinite(value) : Number.isSafeInteger(value);
    if (!isExact) throw this.invalid(`has the number ${spelling.slice(0, 40)}, which float64 cannot hold`);
    this.position += spelling.length;
    return value;
  }

  private accept(mark: string): boolean {
    this.skipSpace();
    if (this.text[this.position] !== mark) return false;
    this.position++;
    return true;
  }

  private skipSpace(): void {
    SPACE.lastIndex = this.position;
    SPACE.test(this.text);
    this.position = SPACE.lastIndex;
  }

  private unexpected(expected: string): JsonError {
    const got =
      this.position < this.text.length ? JSON.stringify(this.text[this.position]) : 'the end of the text';
    return new JsonError(
      'NOT_JSON',
      `${this.name} is not JSON: expected ${expected} at character ${this.position}, got ${got}`,
    );
  }

  private invalid(problem: string): JsonError {
    return new JsonError('INVALID_DOCUMENT', `${this.name} ${problem}`);
  }
}
