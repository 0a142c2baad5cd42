import { counted } from '@vqforge/base';
import {
  markdownCode,
  markdownTable,
  markdownText,
  modelLicense,
  type DatasetManifest,
} from '@vqforge/artifact';
import type { TableSummary } from '@vqforge/table';

/** Writes the card of a dataset, a page of Markdown for people, from its manifest and its statistics. */
export function dataCard(
  manifest: DatasetManifest,
  { columns, pairs }: TableSummary,
  missing: readonly string[] = [],
): string {
  const { id, rows, sources, teacher, files, content_digest: digest } = manifest;
  const judge = {
    people: 'judgements of people',
    rule: 'a stated rule, not people',
    model: teacher.model === null ? 'a model that is not recorded' : `the model ${teacher.model}`,
  }[manifest.judged_by ?? 'model'];
  const lines = [
    `# ${markdownText(id)}`,
    '',
    `${rows} rows, ${sources.length} sources${pairs === undefined ? '' : `, ${pairs} pairs`}. The scores to learn stand in \`${markdownCode(teacher.column)}\` and come from ${markdownText(judge)}.`,
    `Content sha256 \`${digest}\`. Models that are trained on it: ${markdownText(modelLicense(manifest))}.`,
    '',
    ...(missing.length === 0
      ? []
      : [
          `The table is partial: ${counted(missing.length, 'pair')} of its corpus ${missing.length === 1 ? 'is' : 'are'} missing.`,
          '',
          ...missing.map((line) => `- ${markdownText(line)}`),
          '',
        ]),
    '## Sources',
    '',
    ...markdownTable(
      ['source', 'rows', 'pairs', 'licence', 'attribution'],
      sources.map((source) => [
        source.name,
        String(source.rows),
        String(source.pairs),
        source.license,
        source.attribution,
      ]),
    ),
    '',
    '## Columns',
    '',
    ...markdownTable(
      ['column', 'least', 'mean', 'most', 'standard deviation'],
      columns.map(({ name, min, mean, max, std }) => [name, ...[min, mean, max, std].map(short)]),
    ),
    '',
    ...(manifest.column_map === undefined
      ? []
      : [
          `Read under other names: ${manifest.column_map.map((entry) => `\`${markdownCode(entry)}\``).join(', ')}.`,
          '',
        ]),
    '## Files',
    '',
    ...markdownTable(
      ['file', 'bytes', 'sha256'],
      files.map((file) => [file.path, String(file.size_bytes), file.sha256]),
    ),
    ...(manifest.license_notes === '' ? [] : ['', markdownText(manifest.license_notes)]),
  ];
  return `${lines.join('\n')}\n`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
