import { SHA256_PATTERN } from '@vqforge/base';
import { CorpusError } from './errors.ts';

/** One line of a manifest. */
export interface ManifestLine {
  readonly line: number;
  readonly fields: Fields;
}

/** Values of a line by column; as small as may be, since there are many lines. */
export type Fields = Pick<ReadonlyMap<string, string>, 'get' | 'keys'>;

/** Characters of a name, as documents hold them. */
export const MAX_NAME = 256;
const MAX_PATH = 4096;

/** The fields of one line of a manifest, checked. */
export class LineReader {
  readonly #name: string;
  readonly #line: number;
  readonly #fields: Fields;

  constructor(name: string, line: number, fields: Fields) {
    this.#name = name;
    this.#line = line;
    this.#fields = fields;
  }

  bad(problem: string): CorpusError {
    return new CorpusError('BAD_MANIFEST', `${this.#name}: line ${this.#line} ${problem}`);
  }

  /** Undefined where the line says nothing. */
  text(column: string, longest: number): string | undefined {
    const value = this.#fields.get(column);
    if (value === undefined || value === '') return undefined;
    if (value.length > longest)
      throw this.bad(`has ${value.length} characters in ${column}, expected at most ${longest}`);
    if (/[\p{Cc}\u2028\u2029]/u.test(value)) throw this.bad(`has a control character in ${column}`);
    return value;
  }

  path(column: string): string {
    const path = this.text(column, MAX_PATH);
    if (path === undefined || path === '-') throw this.bad(`has no ${column}; give the path of a clip`);
    return path;
  }

  /** Pixels of raw YUV. */
  side(column: string): number {
    const text = this.text(column, MAX_NAME) ?? '';
    if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
    throw this.bad(
      `is of raw YUV and has ${JSON.stringify(text.slice(0, 80))} in ${column}, expected 1 to 99999 pixels`,
    );
  }

  /** What raw YUV needs to say. */
  oneOf<T extends string>(column: string, values: readonly T[]): T {
    const text = this.text(column, MAX_NAME) ?? '';
    const value = values.find((each) => each === text);
    if (value !== undefined) return value;
    throw this.bad(
      `is of raw YUV and has ${JSON.stringify(text.slice(0, 80))} in ${column}, expected one of ${values.join(', ')}; other clips leave pixel_format and bitdepth empty`,
    );
  }

  digest(column: string): string | undefined {
    const digest = this.text(column, MAX_PATH);
    if (digest !== undefined && !SHA256_PATTERN.test(digest))
      throw this.bad(
        `has ${JSON.stringify(digest.slice(0, 80))} in ${column}, expected 64 lowercase hex digits`,
      );
    return digest;
  }
}
