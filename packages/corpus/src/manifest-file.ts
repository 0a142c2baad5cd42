import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { CodedError, parseJson, sha256 } from '@vqforge/base';
import { CorpusError } from './errors.ts';
import type { Fields, ManifestLine } from './manifest-line.ts';
import { corpusManifest, type CorpusManifest } from './manifest.ts';

/** A corpus manifest as it was read. */
export interface ManifestFile extends CorpusManifest {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  /** By its ending: `.csv`, or one of `.jsonl` and `.ndjson`. */
  readonly format: 'csv' | 'jsonl';
}

/** A line of a pair with digests has 300 bytes: 200,000 of them. */
const MAX_BYTES = 64 * 2 ** 20;
const MAX_LINES = 1_000_000;
const MAX_LINE_BYTES = 65_536;

/**
 * Reads a corpus manifest: CSV with a header in a file that ends in `.csv`, JSON lines (an object of texts and numbers per line) in
 * one that ends in `.jsonl` or `.ndjson`. Lines of CSV that begin with `#` are passed over.
 *
 * @throws CorpusError BAD_MANIFEST | DUPLICATE_KEY
 */
export async function readCorpusManifest(path: string): Promise<ManifestFile> {
  const format = formatOf(path);
  const bytes = await readBounded(path);
  if (!isUtf8(bytes) || bytes.includes(0))
    throw new CorpusError('BAD_MANIFEST', `${path} is no text in UTF-8`);
  const lines = format === 'csv' ? csvLines(bytes, path) : jsonLines(bytes, path);
  if (lines.length > MAX_LINES)
    throw new CorpusError('BAD_MANIFEST', `${path} has ${lines.length} lines, expected at most ${MAX_LINES}`);
  return { ...corpusManifest(lines, path), bytes, sha256: sha256(bytes), format };
}

function formatOf(path: string): ManifestFile['format'] {
  const ending = extname(path).toLowerCase();
  if (ending === '.csv') return 'csv';
  if (ending === '.jsonl' || ending === '.ndjson') return 'jsonl';
  throw new CorpusError(
    'BAD_MANIFEST',
    `corpus manifest ${path} must end in .csv, .jsonl or .ndjson; vqforge corpus describe drafts one of a folder`,
  );
}

/** A file that grows while it is read is cut at the limit, and refused. */
async function readBounded(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new Error('it is no regular file');
      if (found.size > MAX_BYTES)
        throw new Error(`it has ${found.size} bytes, expected at most ${MAX_BYTES}`);
      const bytes = Buffer.allocUnsafeSlow(found.size);
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return bytes.subarray(0, length);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new CorpusError(
      'BAD_MANIFEST',
      `corpus manifest ${path} cannot be read: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

function csvLines(bytes: Buffer, path: string): ManifestLine[] {
  let header: readonly string[] | undefined;
  const places = new Map<string, number>();
  const found: ManifestLine[] = [];
  try {
    parse(bytes, {
      bom: true,
      skipEmptyLines: true,
      comment: '#',
      comment_no_infix: true,
      trim: true,
      relaxColumnCount: true, // counted below, with a better message
      maxRecordSize: MAX_LINE_BYTES,
      onRecord: (fields: readonly string[], { lines: line }) => {
        if (header === undefined) {
          header = headerOf(fields, path);
          for (const [at, name] of header.entries()) places.set(name, at);
        } else if (fields.length !== header.length)
          throw new CorpusError(
            'BAD_MANIFEST',
            `${path}: line ${line} has ${fields.length} fields, the header ${header.length}: a path with a comma needs quotes`,
          );
        else found.push({ line, fields: new RowFields(places, fields) });
        return null; // not kept
      },
    });
  } catch (cause) {
    if (cause instanceof CsvError)
      throw new CorpusError('BAD_MANIFEST', `${path}: ${cause.message.slice(0, 200)}`, { cause });
    throw cause;
  }
  return found;
}

/** A line of CSV: what all lines have in common is kept once. */
class RowFields implements Fields {
  readonly #places: ReadonlyMap<string, number>;
  readonly #values: readonly string[];

  constructor(places: ReadonlyMap<string, number>, values: readonly string[]) {
    this.#places = places;
    this.#values = values;
  }

  get(name: string): string | undefined {
    const at = this.#places.get(name);
    return at === undefined ? undefined : this.#values[at];
  }

  keys(): MapIterator<string> {
    return this.#places.keys();
  }
}

function headerOf(fields: readonly string[], path: string): readonly string[] {
  const twice = fields.find((name, at) => fields.indexOf(name) !== at);
  if (twice === undefined) return fields;
  throw new CorpusError(
    'BAD_MANIFEST',
    `${path} has two columns ${JSON.stringify(twice.slice(0, 80))}; rename one`,
  );
}

function jsonLines(bytes: Buffer, path: string): ManifestLine[] {
  const text = new TextDecoder().decode(bytes); // without a byte order mark
  return text.split(/\r?\n/).flatMap((row, at): ManifestLine[] => {
    if (row.trim() === '') return [];
    const line = at + 1;
    return [{ line, fields: fieldsOf(row, path, line) }];
  });
}

function fieldsOf(row: string, path: string, line: number): ReadonlyMap<string, string> {
  let value: unknown;
  try {
    value = parseJson(row, { maxBytes: MAX_LINE_BYTES, maxDepth: 2 }, `line ${line} of ${path}`);
  } catch (cause) {
    if (cause instanceof CodedError) throw new CorpusError('BAD_MANIFEST', cause.message, { cause });
    throw cause;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CorpusError('BAD_MANIFEST', `line ${line} of ${path} must be an object`);
  return new Map(
    Object.entries(value).map(([name, field]: [string, unknown]) => {
      if (field === null) return [name, ''];
      if (typeof field !== 'string' && typeof field !== 'number')
        throw new CorpusError('BAD_MANIFEST', `line ${line} of ${path}: ${name} must be a text or a number`);
      return [name, String(field)];
    }),
  );
}
