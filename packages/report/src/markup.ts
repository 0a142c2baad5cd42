/** Markup whose parts have been escaped; anything else is escaped when it is put into markup. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value that a template takes; a number must be finite and is written as it is. */
export type Part = string | number | Markup | readonly Part[];

/**
 * HTML or SVG from a template: strings are escaped for text and for quoted attributes, lists are joined.
 * @example markup`<b title="${'"'}">${'<script>'}</b>`.text // => '<b title="&quot;">&lt;script&gt;</b>'
 */
export function markup(fixed: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(fixed.map((text, i) => (i === 0 ? '' : written(parts[i - 1] as Part)) + text).join(''));
}

function written(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return escape(part);
  if (typeof part === 'number') return String(part);
  return part.map(written).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters and those that reverse the order of a line: shown by their code, never obeyed. */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]/gu;

function escape(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
    .replace(UNPRINTABLE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
