import type { Finding } from '@vqforge/registry';
import { printable } from './terminal-text.ts';

/** A finding on four lines: severity, code, file and model; then what should be, what is, and what to do. */
export function findingLines({ severity, code, id, file, expected, got, advice }: Finding): string[] {
  return [
    `${code} ${file}${id === null ? '' : ` (${id})`}`,
    `expected ${expected}`,
    `got ${got}`,
    advice,
  ].map((line, i) => (i === 0 ? severity : '').padEnd(9) + printable(line));
}

/** How many of each severity, in words: `1 error, 2 warnings`; `no findings` when there are none. */
export function countText(findings: readonly Finding[]): string {
  const counts = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 || severity === 'info' ? '' : 's'}`];
  });
  return counts.length === 0 ? 'no findings' : counts.join(', ');
}
