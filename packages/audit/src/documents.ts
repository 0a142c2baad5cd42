import { MAX_METRICS_BYTES } from '@vqforge/artifact';
import { CodedError, parseJson } from '@vqforge/base';
import type { Report } from '@vqforge/registry';
import { type Leak, leaksInJson } from './leaks.ts';
import type { TreeFile } from '@vqforge/registry/node';
import { readTreeFile } from './tree-files.ts';

/** The largest document of ours is metrics.json. */
export const MAX_DOCUMENT_BYTES: number = MAX_METRICS_BYTES;

/** A JSON document that could be read. */
export interface AuditedDocument {
  readonly path: string;
  readonly bytes: Buffer;
  readonly value: unknown;
}

/** What a file that is pinned says about itself is said by the verification of its registry. */
const SEEN_BY_VERIFY = new Set(['NOT_JSON', 'TOO_LARGE', 'INVALID_DOCUMENT']);

/**
 * Reads every JSON document of the tree, one finding for each that cannot be read, and looks for traces of machines and
 * people in the others. Anything that is neither a file nor a folder is a finding.
 *
 * @param pinned files whose bad JSON the registry's verification has reported
 */
export async function readDocuments(
  root: string,
  files: readonly TreeFile[],
  pinned: ReadonlySet<string>,
  privateNames: readonly string[],
  report: Report,
): Promise<AuditedDocument[]> {
  const documents: AuditedDocument[] = [];
  for (const { path, kind } of files) {
    if (kind !== 'file') {
      if (!pinned.has(path)) reportOther(path, kind, report);
      continue;
    }
    if (!path.endsWith('.json')) continue;
    const document = await readDocument(root, path, pinned.has(path), report);
    if (document === null) continue;
    reportLeaks(path, leaksInJson(document.value, privateNames), report);
    documents.push(document);
  }
  return documents;
}

/** Kinds of leaks that are certain are errors; shapes that may be something else are warnings. One finding per kind. */
export function reportLeaks(file: string, leaks: readonly Leak[], report: Report): void {
  const kinds = new Map<Leak['kind'], Leak[]>();
  for (const leak of leaks) kinds.set(leak.kind, [...(kinds.get(leak.kind) ?? []), leak]);
  for (const [kind, found] of kinds) {
    const isGuess = kind === 'account' || kind === 'host';
    report('LEAK', isGuess ? 'warning' : 'error', file, {
      expected: 'no path, account or host of the machine that wrote it',
      got: `${found.length} × ${kind}, first ${JSON.stringify(found[0]?.text.slice(0, 200))}`,
      advice: 'write the file again without it; if it was public, treat the name as known',
    });
  }
}

async function readDocument(
  root: string,
  path: string,
  isPinned: boolean,
  report: Report,
): Promise<AuditedDocument | null> {
  try {
    const bytes = await readTreeFile(root, path, MAX_DOCUMENT_BYTES);
    return bytes === null
      ? null
      : { path, bytes, value: parseJson(bytes, { maxBytes: MAX_DOCUMENT_BYTES }, 'the document') };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (isPinned && SEEN_BY_VERIFY.has(error.code)) return null;
    report('INVALID_DOCUMENT', 'error', path, {
      expected: 'a JSON document that can be read in one way only',
      got: error.message,
      advice: 'restore it, or write it again',
    });
    return null;
  }
}

function reportOther(path: string, kind: 'link' | 'other', report: Report): void {
  const got = kind === 'link' ? 'a symbolic link, which was not followed' : 'neither a file nor a folder';
  report(kind === 'link' ? 'PATH_ESCAPE' : 'NOT_A_FILE', 'error', path, {
    expected: 'a regular file',
    got,
    advice: 'put the file itself here, or remove it',
  });
}
