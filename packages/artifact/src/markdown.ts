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
