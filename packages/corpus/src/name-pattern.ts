import { CorpusError } from './errors.ts';

/** A name in a pattern, such as `{source}`, or text between names. */
type Part = { readonly column: string } | { readonly text: string };

const PLACE = /\{([A-Za-z_][\w.-]{0,63})\}/g;
const MOST_PLACES = 16;

/**
 * Names of files as text with places: `{source}_{codec}_crf{crf}.mkv`. A place takes one character or more, none of them `/`; where
 * several readings fit, earlier places take as much as they can.
 */
export class NamePattern {
  /** Names of the places, in their order. */
  readonly columns: readonly string[];
  readonly #parts: readonly Part[];

  /** @throws CorpusError INVALID_OPTION for a pattern without a place, with one twice or with two beside each other */
  constructor(pattern: string) {
    const parts: Part[] = [];
    let from = 0;
    for (const { 0: place, 1: column = '', index } of pattern.matchAll(PLACE)) {
      if (index > from) parts.push({ text: pattern.slice(from, index) });
      else if (parts.length > 0)
        throw bad(pattern, `has no text before ${place}, which would tell it from the place before`);
      parts.push({ column });
      from = index + place.length;
    }
    if (from < pattern.length) parts.push({ text: pattern.slice(from) });
    this.#parts = parts;
    this.columns = parts.flatMap((part) => ('column' in part ? [part.column] : []));
    if (this.columns.length === 0 || this.columns.length > MOST_PLACES)
      throw bad(pattern, `has ${this.columns.length} places, expected 1 to ${MOST_PLACES} such as {source}`);
    if (new Set(this.columns).size < this.columns.length) throw bad(pattern, 'has a place twice');
  }

  /**
   * What the places of a name hold, undefined for a name that does not fit.
   * @example new NamePattern('{source}_{crf}.mkv').match('city_at_night_30.mkv') // => Map { 'source' => 'city_at_night', 'crf' => '30' }
   */
  match(name: string): ReadonlyMap<string, string> | undefined {
    // readings that failed once fail again: without them, hostile names would take exponential time
    const failed = new Set<number>();
    const found: string[] = [];
    const fits = (part: number, at: number): boolean => {
      const next = this.#parts[part];
      if (next === undefined) return at === name.length;
      const key = part * (name.length + 1) + at;
      if (failed.has(key)) return false;
      if ('text' in next) {
        if (name.startsWith(next.text, at) && fits(part + 1, at + next.text.length)) return true;
      } else {
        const slash = name.indexOf('/', at);
        for (let end = slash === -1 ? name.length : slash; end > at; end--) {
          if (!fits(part + 1, end)) continue;
          found.unshift(name.slice(at, end));
          return true;
        }
      }
      failed.add(key);
      return false;
    };
    return fits(0, 0) ? new Map(this.columns.map((column, at) => [column, found[at] as string])) : undefined;
  }
}

function bad(pattern: string, problem: string): CorpusError {
  return new CorpusError('INVALID_OPTION', `pattern ${JSON.stringify(pattern)} ${problem}`);
}
