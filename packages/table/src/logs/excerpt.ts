/** Text from a file in a message, which is one line and not a page. */
export function excerpt(text: string, length = 60): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
