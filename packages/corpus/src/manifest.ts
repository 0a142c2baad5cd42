import { basename, extname } from 'node:path';
import { closestNames } from '@vqforge/base';
import type { RawFormat } from '@vqforge/media';
import { CorpusError } from './errors.ts';
import { LineReader, MAX_NAME, type ManifestLine } from './manifest-line.ts';

/** A reference with one distorted clip of it, as a corpus manifest lists them. */
export interface CorpusPair {
  /** The content: what training holds out together. */
  readonly source: string;
  /** File name of the distorted clip, or what the manifest calls it: with the source it is the key of the pair. */
  readonly disBasename: string;
  /** Relative to the manifest's folder. */
  readonly reference: string;
  readonly distorted: string;
  /** Codec and columns of one's own: a value for each of the manifest's `extraColumns`. */
  readonly extra: readonly string[];
  readonly referenceSha256?: string;
  readonly distortedSha256?: string;
  /** The format of both clips, where they are raw YUV. */
  readonly raw?: RawFormat;
}

/** Rights in a source. */
export interface SourceRights {
  readonly license: string;
  readonly attribution: string;
  readonly url?: string;
}

/** Which pairs a corpus has. */
export interface CorpusManifest {
  /** By source and name of the distorted clip, whatever the order of lines. */
  readonly pairs: readonly CorpusPair[];
  readonly rights: ReadonlyMap<string, SourceRights>;
  /** Columns that the table takes over, sorted: `codec` first. */
  readonly extraColumns: readonly string[];
}

/** Columns that mean something to the corpus; others are the user's own. */
const KNOWN = new Set([
  'source',
  'reference',
  'distorted',
  'dis_basename',
  'license',
  'attribution',
  'url',
  'reference_sha256',
  'distorted_sha256',
  'pixel_format',
  'bitdepth',
]);

/** Chroma formats of raw YUV files, as libvmaf's `--pixel_format` takes them; the bit depths below are those of its `--bitdepth`. */
const CHROMAS: readonly Exclude<RawFormat['chroma'], 'rgb'>[] = ['400', '420', '422', '444'];
const BIT_DEPTHS = new Map<string, RawFormat['bitDepth']>([
  ['8', 8],
  ['10', 10],
  ['12', 12],
  ['16', 16],
]);

/** Names that the table has for something else. */
const TAKEN =
  /^(frame_index|probe_index|teacher_model|vmaf(_unclipped)?|lpips|adm.*|aim|vif.*|motion\d*|psnr.*|integer_.*|__.*|Unnamed: \d+)$/;
const COLUMN_NAME = /^[A-Za-z_][\w.-]{0,63}$/;
const MAX_COLUMNS = 64;
/** Most characters of a cell. */
const MAX_TEXT = 1024;

/**
 * Checks the lines of a corpus manifest and puts the pairs in the order of their keys: by source, then by the name of the distorted
 * clip, both compared by UTF-16 code units.
 *
 * Columns: `reference` and `distorted` are needed. `source` is the reference's name without its ending and `dis_basename` the
 * distorted clip's name unless the manifest says otherwise; `license`, `attribution` and `url` are those of the source;
 * `reference_sha256` and `distorted_sha256` are checked before a clip is used. With `pixel_format` both clips are raw YUV of it, and of
 * `bitdepth`, `width` and `height`. Any other column, such as `codec`, goes to the table
 * as text.
 *
 * @param name of the manifest, for messages
 * @throws CorpusError BAD_MANIFEST naming the line; DUPLICATE_KEY naming both lines
 * @example
 * const fields = new Map([['reference', 'a.y4m'], ['distorted', 'a_crf30.mp4']]);
 * corpusManifest([{ line: 2, fields }], 'corpus.csv').pairs[0]?.source; // => 'a'
 */
export function corpusManifest(lines: readonly ManifestLine[], name: string): CorpusManifest {
  if (lines.length === 0) throw new CorpusError('BAD_MANIFEST', `${name} lists no pair`);
  const columns = new Set<string>();
  for (const { fields } of lines) for (const column of fields.keys()) columns.add(column);
  requireColumns(columns, name);
  const extraColumns = [...columns].filter((column) => !KNOWN.has(column)).sort(codecFirst);
  const keys = new Map<string, Map<string, number>>();
  const strings = new Map<string, string>();
  const digests = new Map<string, string>();
  const rights = new Map<string, SourceRights>();
  const pairs = lines.map(({ line, fields }) => {
    const reader = new LineReader(name, line, fields);
    const pair = pairOf(reader, extraColumns, strings);
    const names = keys.get(pair.source) ?? new Map<string, number>();
    keys.set(pair.source, names);
    const before = names.get(pair.disBasename);
    if (before !== undefined)
      throw new CorpusError(
        'DUPLICATE_KEY',
        `${name}: lines ${before} and ${line} are both ${pair.disBasename} of ${pair.source}; leave one out, or tell them apart by a column dis_basename`,
      );
    names.set(pair.disBasename, line);
    for (const [path, digest] of [
      [pair.reference, pair.referenceSha256],
      [pair.distorted, pair.distortedSha256],
    ] as const) {
      if (digest === undefined) continue;
      if ((digests.get(path) ?? digest) !== digest)
        throw reader.bad(`gives ${path} another sha256 than a line before it`);
      digests.set(path, digest);
    }
    const own = rightsOf(reader);
    const known = rights.get(pair.source);
    if (known === undefined) rights.set(pair.source, own);
    else if (JSON.stringify(known) !== JSON.stringify(own))
      throw reader.bad(`gives ${pair.source} another licence, attribution or url than a line before it`);
    return pair;
  });
  return { pairs: pairs.sort(byKey), rights, extraColumns };
}

function requireColumns(columns: ReadonlySet<string>, name: string): void {
  for (const needed of ['reference', 'distorted'])
    if (!columns.has(needed))
      throw new CorpusError(
        'BAD_MANIFEST',
        `${name} has no column ${needed}, expected reference and distorted, and has ${[...columns].slice(0, 20).join(', ')}${hint(needed, columns)}`,
      );
  if (columns.size > MAX_COLUMNS)
    throw new CorpusError(
      'BAD_MANIFEST',
      `${name} has ${columns.size} columns, expected at most ${MAX_COLUMNS}`,
    );
  for (const column of columns) {
    if (!COLUMN_NAME.test(column))
      throw new CorpusError(
        'BAD_MANIFEST',
        `${name} has a column ${JSON.stringify(column.slice(0, 80))}, expected a letter, then letters, digits, _, . and -`,
      );
    const [meant] = KNOWN.has(column) ? [] : closestNames(column, KNOWN);
    if (meant !== undefined && !columns.has(meant))
      throw new CorpusError(
        'BAD_MANIFEST',
        `${name} has a column ${column}, did you mean ${meant}? A column of your own needs a name that is not so close to one with a meaning`,
      );
    if (TAKEN.test(column))
      throw new CorpusError(
        'BAD_MANIFEST',
        `${name} has a column ${column}, which the table has for what is measured; rename it`,
      );
  }
}

/** What may be wrong with a header that lacks a column. */
function hint(needed: string, columns: ReadonlySet<string>): string {
  const [only = '', ...others] = columns;
  if (others.length === 0 && /[;\t|]/.test(only)) return '; columns are separated by commas';
  const [meant] = closestNames(needed, columns);
  return meant === undefined ? '' : `; rename ${meant}`;
}

/** @param strings what many lines say, each text once */
function pairOf(
  reader: LineReader,
  extraColumns: readonly string[],
  strings: Map<string, string>,
): CorpusPair {
  const shared = (text: string): string => {
    const known = strings.get(text);
    if (known === undefined) strings.set(text, text);
    return known ?? text;
  };
  const reference = shared(reader.path('reference'));
  const distorted = reader.path('distorted');
  const referenceSha256 = reader.digest('reference_sha256');
  const distortedSha256 = reader.digest('distorted_sha256');
  const raw = rawOf(reader);
  return {
    source: shared(reader.text('source', MAX_NAME) ?? fileName(reader, reference, extname(reference))),
    disBasename: reader.text('dis_basename', MAX_NAME) ?? fileName(reader, distorted, ''),
    reference,
    distorted,
    extra: extraColumns.map((column) => shared(reader.text(column, MAX_TEXT) ?? '')),
    ...(referenceSha256 === undefined ? {} : { referenceSha256 }),
    ...(distortedSha256 === undefined ? {} : { distortedSha256 }),
    ...(raw === undefined ? {} : { raw }),
  };
}

/** Raw YUV, where a line says its pixel format; `width` and `height` of other lines are columns of the user's own. */
function rawOf(reader: LineReader): RawFormat | undefined {
  if ((reader.text('pixel_format', MAX_NAME) ?? reader.text('bitdepth', MAX_NAME)) === undefined)
    return undefined;
  return {
    width: reader.side('width'),
    height: reader.side('height'),
    chroma: reader.oneOf('pixel_format', CHROMAS),
    bitDepth: BIT_DEPTHS.get(reader.oneOf('bitdepth', [...BIT_DEPTHS.keys()])) as RawFormat['bitDepth'],
  };
}

function fileName(reader: LineReader, path: string, ending: string): string {
  const name = basename(path, ending);
  if (name.length >= 1 && name.length <= MAX_NAME) return name;
  throw reader.bad(
    `has a file name of ${name.length} characters, documents hold 1 to ${MAX_NAME}; name it in a column`,
  );
}

function rightsOf(reader: LineReader): SourceRights {
  const url = reader.text('url', MAX_TEXT);
  return {
    license: reader.text('license', MAX_NAME) ?? 'NOASSERTION',
    attribution: reader.text('attribution', MAX_TEXT) ?? '',
    ...(url === undefined ? {} : { url }),
  };
}

function codecFirst(a: string, b: string): number {
  if (a === b) return 0;
  if (a === 'codec' || b === 'codec') return a === 'codec' ? -1 : 1;
  return a < b ? -1 : 1;
}

function byKey(a: CorpusPair, b: CorpusPair): number {
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  return a.disBasename < b.disBasename ? -1 : a.disBasename > b.disBasename ? 1 : 0;
}
