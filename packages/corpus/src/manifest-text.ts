/** What needs quotes in CSV: a separator, a quote, an end of line, a space at an end, a mark of a comment. */
const QUOTED = /[",\r\n#]|^\s|\s$/;

/**
 * A corpus manifest as CSV, with a header.
 *
 * @param rows fields by column; those that are missing are empty
 * @example manifestText(['reference', 'distorted'], [new Map([['reference', 'a'], ['distorted', 'b,c']])]) // => 'reference,distorted\na,"b,c"\n'
 */
export function manifestText(
  columns: readonly string[],
  rows: readonly ReadonlyMap<string, string>[],
): string {
  const line = (fields: readonly string[]): string => `${fields.map(field).join(',')}\n`;
  return line(columns) + rows.map((row) => line(columns.map((column) => row.get(column) ?? ''))).join('');
}

function field(text: string): string {
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
