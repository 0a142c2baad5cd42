/** A table of Markdown; nothing in its cells is markup. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)];
}

/**
 * Words from files as text of Markdown: nothing of them is markup, and they stay in their line.
 *
 * @example markdownText('a_b\n# c') // => 'a\\_b \\# c'
 */
export function markdownText(words: string): string {
  return words.replaceAll(CONTROLS, ' ').replaceAll(/[\\`*_{}[\]<>|#&]/g, '\\$&');
}

/** Words from files between the backticks of a code span. @example markdownCode('a`b') // => 'a b' */
export function markdownCode(words: string): string {
  return words.replaceAll('`', ' ').replaceAll(CONTROLS, ' ');
}

const CONTROLS = /[\p{Cc}\u2028\u2029]/gu;

/** A measured value, as the front matter of a model card carries it. */
export interface CardMetric {
  /** As Hugging Face spells it, such as `rmse`. */
  readonly type: string;
  readonly value: number;
  /** In words, with its interval. */
  readonly name: string;
}

/** The front matter of a model card. */
interface FrontMatter {
  readonly id: string;
  /** SPDX expression. */
  readonly license: string;
  readonly licenseUrl: string | undefined;
  readonly tags: readonly string[];
  /** Results on the table that the model was measured on; without metrics they are left out. */
  readonly results?: {
    readonly task: string;
    readonly dataset: string;
    readonly metrics: readonly CardMetric[];
  };
}

/** SPDX names that are identifiers of Hugging Face too, in lower case. */
const KNOWN_LICENSES: ReadonlySet<string> = new Set([
  'apache-2.0',
  'mit',
  'bsd-2-clause',
  'bsd-3-clause',
  'cc0-1.0',
  'cc-by-3.0',
  'cc-by-4.0',
  'cc-by-sa-4.0',
  'cc-by-nc-4.0',
  'gpl-3.0',
  'mpl-2.0',
]);

/**
 * Lines of YAML between `---`, as Hugging Face reads them. Every text is a JSON string, which YAML reads alike but for its ends of lines.
 *
 * @see https://huggingface.co/docs/hub/model-cards
 */
export function frontMatter({ id, license, licenseUrl, tags, results }: FrontMatter): string[] {
  const known = license.toLowerCase();
  const isKnown = KNOWN_LICENSES.has(known);
  return [
    '---',
    ...(isKnown ? [`license: ${known}`] : ['license: other', `license_name: ${quoted(license)}`]),
    ...(isKnown || licenseUrl === undefined ? [] : [`license_link: ${quoted(licenseUrl)}`]),
    'library_name: onnx',
    'tags:',
    ...tags.map((tag) => `  - ${tag}`),
    ...(results === undefined || results.metrics.length === 0
      ? []
      : [
          'model-index:',
          `  - name: ${quoted(id)}`,
          '    results:',
          '      - task:',
          '          type: other',
          `          name: ${quoted(results.task)}`,
          '        dataset:',
          `          type: ${quoted(results.dataset)}`,
          `          name: ${quoted(results.dataset)}`,
          '        metrics:',
          ...results.metrics.flatMap(({ type, value, name }) => [
            `          - type: ${type}`,
            `            value: ${value}`,
            `            name: ${quoted(name)}`,
          ]),
        ]),
    '---',
  ];
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u0085\u2028\u2029]/g,
    (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
