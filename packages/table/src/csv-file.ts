import { readFileSync } from 'node:fs';
import { CsvError, parse } from 'csv-parse/sync';
import type { ColumnSink } from './column-sink.ts';
import { constantColumn, textColumn, type ColumnInMemory } from './text-columns.ts';
import { textNumber } from './text-number.ts';
import type { ColumnInput } from './decoder-messages.ts';

/** Columns and rows of a CSV file, after a whole pass over it. */
export interface CsvFacts {
  readonly delimiter: string;
  readonly rows: number;
  readonly columns: readonly CsvColumn[];
}

interface CsvColumn {
  readonly name: string;
  /** The first value that is no number, and its line; a column without one can be read as numbers. */
  readonly text?: { readonly value: string; readonly line: number };
}

/** The largest CSV file; as text of JavaScript it takes twice that. */
export const MAX_CSV_BYTES: number = 256 * 2 ** 20;

/** 1,024 columns of 256 characters. */
const MAX_LINE_BYTES = 262_144;
const MAX_COLUMNS = 1024;
/** Rows that are decoded at a time. */
const BATCH_ROWS = 16_384;

/** Spellings of a missing value in files of spreadsheets, pandas, R and databases. */
const MISSING = new Set(['', 'NA', 'N/A', '<NA>', 'null', 'NULL', 'None']);

/**
 * Names and types of the columns of a CSV file with a header, and how many rows there are. Fields are divided by commas,
 * semicolons or tabs, whichever the header has most of.
 *
 * @throws RangeError that says what is wrong
 */
export function scanCsv(path: string): CsvFacts {
  const text = readText(path);
  const delimiter = delimiterOf(text);
  const columns: { name: string; text?: { value: string; line: number } }[] = [];
  let rows = 0;
  eachRecord(text, delimiter, {
    header: (names) => columns.push(...names.map((name) => ({ name }))),
    row: (fields, line) => {
      rows++;
      for (const [i, column] of columns.entries()) {
        const value = fields[i]!;
        if (column.text === undefined && !MISSING.has(value) && textNumber(value) === undefined)
          column.text = { value, line };
      }
    },
  });
  return { delimiter, rows, columns };
}

/**
 * Decodes the rows of a CSV file.
 *
 * @param inputs per column of the sink
 * @throws RangeError that says what is wrong
 */
export function decodeCsv(
  path: string,
  delimiter: string,
  inputs: readonly ColumnInput[],
  sink: ColumnSink,
): void {
  let header: readonly string[] = [];
  let batch: (string | null)[][] = inputs.map(() => []);
  let rows = 0;
  const flush = (): void => {
    const columnOf = (output: number): ColumnInMemory => {
      const input = inputs[output]!;
      const kind = sink.kindOf(output);
      return 'constant' in input
        ? constantColumn('', input.constant, rows, kind)
        : textColumn(header[input.column]!, batch[output]!, kind);
    };
    sink.add(rows, columnOf);
    batch = inputs.map(() => []);
    rows = 0;
  };
  eachRecord(readText(path), delimiter, {
    header: (names) => (header = names),
    row: (fields) => {
      inputs.forEach((input, i) => {
        if ('constant' in input) return;
        const value = fields[input.column]!;
        batch[i]!.push(MISSING.has(value) ? null : value);
      });
      if (++rows === BATCH_ROWS) flush();
    },
  });
  if (rows > 0) flush();
}

function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new RangeError('it is no text in UTF-8', { cause });
  }
}

function delimiterOf(text: string): string {
  const [header = ''] = text.slice(0, MAX_LINE_BYTES).split(/[\r\n]/, 1);
  const count = (mark: string): number => header.split(mark).length - 1;
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

interface RecordReaders {
  /** Called with the first line that is not empty. */
  readonly header: (names: readonly string[]) => void;
  /** Called with the fields of every other; all have as many as the first. */
  readonly row: (fields: readonly string[], line: number) => void;
}

function eachRecord(text: string, delimiter: string, { header, row }: RecordReaders): void {
  let width: number | undefined;
  try {
    parse(text, {
      delimiter,
      relaxColumnCount: true, // counted below, with a better message
      skipEmptyLines: true,
      maxRecordSize: MAX_LINE_BYTES,
      onRecord: (fields: readonly string[], { lines }) => {
        const isHeader = width === undefined;
        width ??= fields.length;
        if (fields.length !== width)
          throw new RangeError(
            `line ${lines} has ${fields.length} fields, the header ${width}: it is cut short, or text with ${delimiter} lacks quotes`,
          );
        if (isHeader) header(headerNames(fields));
        else row(fields, lines);
        return null; // not kept
      },
    });
  } catch (cause) {
    if (cause instanceof CsvError) throw new RangeError(cause.message.slice(0, 200), { cause });
    throw cause;
  }
}

function headerNames(fields: readonly string[]): readonly string[] {
  if (fields.length > MAX_COLUMNS)
    throw new RangeError(`it has ${fields.length} columns, expected at most ${MAX_COLUMNS}`);
  // pandas writes its index under no name, and reads it back under this one
  return fields.map((name, i) => (name === '' ? `Unnamed: ${i}` : name));
}
