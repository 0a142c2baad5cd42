import { basename, relative, resolve, sep } from 'node:path';
import { requireFolderOf, requireSafeOutputs, writeDocuments } from '@vqforge/artifact/node';
import { inOrder } from '@vqforge/base';
import { filesBelow } from '@vqforge/base/node';
import { digestClip } from './clip-digest-files.ts';
import { CorpusError } from './errors.ts';
import { corpusManifest } from './manifest.ts';
import { manifestText } from './manifest-text.ts';
import { NamePattern } from './name-pattern.ts';

export interface DescribeCorpusOptions {
  readonly folder: string;
  /** Names of distorted clips, with a place `{source}`; other places become columns. */
  readonly pattern: string;
  /** Names of references, with a place `{source}`. */
  readonly reference: string;
  /** The manifest, a `.csv`; paths in it are relative to its folder. */
  readonly out: string;
  /** Licence of every source. */
  readonly license?: string;
  readonly attribution?: string;
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface CorpusDescription {
  readonly sources: number;
  readonly pairs: number;
  /** Files of the folder that fit neither pattern. */
  readonly others: readonly string[];
}

/** Places whose values are no columns: endings, and what the manifest has columns for. */
const NO_COLUMN = new Set(['source', 'ext']);
/** Files that are read at once. */
const AHEAD = 4;

/**
 * Drafts the manifest of a folder of clips by their names, with the digest of each. A pattern without `/` is that of file names, one
 * with `/` of paths below the folder.
 *
 * @throws CorpusError BAD_MANIFEST where there is no pair, or no reference of a clip; DUPLICATE_KEY; MISSING_CLIP
 */
export async function describeCorpus(options: DescribeCorpusOptions): Promise<CorpusDescription> {
  const { folder, out, signal, onProgress } = options;
  const [distorted, reference] = [withSource(options.pattern), withSource(options.reference)];
  const files = (await filesBelow(folder, /^[^.]/)).map((path) =>
    relative(folder, path).split(sep).join('/'),
  );
  const references = new Map<string, string>();
  const clips: { readonly path: string; readonly fields: ReadonlyMap<string, string> }[] = [];
  const others: string[] = [];
  for (const path of files) {
    const source = matched(reference, options.reference, path)?.get('source');
    const fields = source === undefined ? matched(distorted, options.pattern, path) : undefined;
    if (source !== undefined) addReference(references, source, path);
    else if (fields === undefined) others.push(path);
    else clips.push({ path, fields });
  }
  const lost = clips.filter(({ fields }) => !references.has(fields.get('source') as string));
  if (clips.length === 0 || lost.length > 0)
    throw new CorpusError(
      'BAD_MANIFEST',
      clips.length === 0
        ? `no file below ${folder} is called ${options.pattern}; give --pattern, such as '{source}_{codec}_{crf}.mkv'`
        : `${lost.length} clips have no reference called ${options.reference}: ${lost
            .slice(0, 10)
            .map(({ path }) => path)
            .join(', ')}`,
    );
  await requireFolderOf(out, '--out');
  await requireSafeOutputs({
    outputs: [{ path: out, flag: '--out', kind: 'csv', role: 'document' }],
    inputs: [],
    force: options.force === true,
  });
  const used = new Set(clips.map(({ fields }) => fields.get('source') as string));
  const paths = [
    ...[...used].map((source) => references.get(source) as string),
    ...clips.map(({ path }) => path),
  ];
  const digests = new Map<string, string>();
  for await (const [path, digest] of inOrder(
    paths,
    AHEAD,
    async (path) => [path, (await digestClip(resolve(folder, path))).sha256] as const,
  )) {
    if (signal?.aborted === true)
      throw new CorpusError('INTERRUPTED', 'the reading of clips was interrupted');
    digests.set(path, digest);
    onProgress?.(digests.size, paths.length);
  }
  const rows = clips.map(({ path, fields }) =>
    rowOf({
      ...options,
      fields,
      digests,
      path,
      reference: references.get(fields.get('source') as string) as string,
    }),
  );
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  // what is written is read back by the same rules
  corpusManifest(
    rows.map((fields, at) => ({ line: at + 2, fields })),
    basename(out),
  );
  await writeDocuments([{ path: out, text: manifestText(columns, rows) }]);
  return { sources: used.size, pairs: rows.length, others };
}

function withSource(text: string): NamePattern {
  const pattern = new NamePattern(text);
  if (pattern.columns.includes('source')) return pattern;
  throw new CorpusError('INVALID_OPTION', `pattern ${JSON.stringify(text)} has no place {source}`);
}

function matched(pattern: NamePattern, text: string, path: string): ReadonlyMap<string, string> | undefined {
  return pattern.match(text.includes('/') ? path : path.slice(path.lastIndexOf('/') + 1));
}

function addReference(references: Map<string, string>, source: string, path: string): void {
  const other = references.get(source);
  if (other !== undefined)
    throw new CorpusError(
      'BAD_MANIFEST',
      `${other} and ${path} are both references of ${source}; make --reference say which`,
    );
  references.set(source, path);
}

interface RowFacts extends Pick<DescribeCorpusOptions, 'folder' | 'out' | 'license' | 'attribution'> {
  readonly fields: ReadonlyMap<string, string>;
  readonly path: string;
  readonly reference: string;
  readonly digests: ReadonlyMap<string, string>;
}

function rowOf({
  folder,
  out,
  license,
  attribution,
  fields,
  path,
  reference,
  digests,
}: RowFacts): ReadonlyMap<string, string> {
  const fromOut = (clip: string): string =>
    relative(resolve(out, '..'), resolve(folder, clip)).split(sep).join('/');
  return new Map([
    ['source', fields.get('source') as string],
    ['reference', fromOut(reference)],
    ['distorted', fromOut(path)],
    ...[...fields].filter(([column]) => !NO_COLUMN.has(column)),
    ...(license === undefined ? [] : [['license', license] as const]),
    ...(attribution === undefined ? [] : [['attribution', attribution] as const]),
    ['reference_sha256', digests.get(reference) as string],
    ['distorted_sha256', digests.get(path) as string],
  ]);
}
