import { CsvError, parse } from 'csv-parse/sync';
import { TableError } from '../errors.ts';
import { textNumber } from '../text-number.ts';
import { excerpt } from './excerpt.ts';
import { LogColumns } from './log-columns.ts';
import type { VmafLog } from './vmaf-log.ts';

/** 1,024 metrics of 60 characters are 62 kB. */
const MAX_LINE_BYTES = 262_144;

/**
 * `Frame,metric,…,` and one line per frame. libvmaf ends lines in a comma, and leaves out the field of a metric that a
 * frame does not have: the rest of such a line has moved, so it is refused.
 *
 * @throws TableError DAMAGED | NO_ROWS
 */
export function parseCsvLog(text: string, name: string): VmafLog {
  const columns = new LogColumns(name);
  let header: readonly string[] | undefined;
  try {
    parse(text, {
      relaxColumnCount: true, // counted below, with a better message
      skipEmptyLines: true,
      maxRecordSize: MAX_LINE_BYTES,
      onRecord: (fields: readonly string[], { lines }) => {
        if (header === undefined) header = readHeader(fields, columns);
        else readLine(fields, header, lines, columns);
        return null; // not kept
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const problem = `${name} is not CSV as libvmaf writes it: ${excerpt(error.message, 200)}`;
    throw new TableError('DAMAGED', problem, { cause: error });
  }
  return columns.finish('csv', {});
}

function readHeader(fields: readonly string[], columns: LogColumns): readonly string[] {
  const seen = new Set<string>();
  for (const metric of fields.at(-1) === '' ? fields.slice(1, -1) : fields.slice(1)) {
    if (seen.has(metric)) throw columns.damaged(`has more than one column ${excerpt(metric)}`);
    seen.add(metric);
  }
  return fields;
}

function readLine(
  fields: readonly string[],
  header: readonly string[],
  line: number,
  columns: LogColumns,
): void {
  if (fields.length !== header.length) {
    const why = 'it is cut short, or a metric is missing there and the others moved: a JSON log tells which';
    throw columns.damaged(`has ${fields.length} fields in line ${line}, expected ${header.length}; ${why}`);
  }
  columns.frame(textNumber(fields[0]!) ?? fields[0]!);
  for (let i = 1; i < fields.length; i++) {
    const metric = header[i]!;
    const text = fields[i]!;
    if (metric === '' && text === '' && i === fields.length - 1) return; // after the last comma
    const value = textNumber(text);
    if (value === undefined)
      throw columns.damaged(`has ${excerpt(metric)} "${excerpt(text)}" in line ${line}, expected a number`);
    columns.value(metric, value);
  }
}
