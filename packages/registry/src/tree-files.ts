import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryError, systemCode } from './errors.ts';
import type { Finding } from './finding.ts';
import { COMMIT_FOLDER, isStageName } from './journal.ts';
import { isClaimName } from './lock-files.ts';

/** A name below a folder. */
export interface TreeFile {
  /** Relative to the root, POSIX separators. */
  readonly path: string;
  readonly kind: 'file' | 'link' | 'other';
}

/** A repository of models has hundreds of files; what has more is something else, and would not be read in minutes. */
const MAX_FILES = 100_000;

/**
 * Everything below a folder of the root, hidden names too, sorted by path; links are listed and not followed. Empty when
 * there is no such folder. Left out are a registry's own working files, by their exact names.
 *
 * @param folder relative to `root`; '' for the root itself
 * @throws RegistryError UNREADABLE | TOO_LARGE
 */
export async function listTree(root: string, folder: string): Promise<TreeFile[]> {
  const found: TreeFile[] = [];
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of await namesIn(root, next)) {
      const path = next === '' ? entry.name : `${next}/${entry.name}`;
      if (isWorkingFile(entry)) continue;
      if (entry.isDirectory()) waiting.push(path);
      else found.push({ path, kind: entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other' });
      if (found.length + waiting.length > MAX_FILES) {
        throw new RegistryError(
          'TOO_LARGE',
          `${folder === '' ? root : folder} holds more than ${MAX_FILES} files, expected a folder of models; give the right one`,
        );
      }
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function isWorkingFile(entry: Dirent): boolean {
  if (entry.isFile()) return isClaimName(entry.name);
  return entry.name === COMMIT_FOLDER || isStageName(entry.name);
}

async function namesIn(root: string, folder: string): Promise<Dirent[]> {
  try {
    return await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return [];
    throw new RegistryError('UNREADABLE', `folder ${folder} cannot be listed: ${code ?? String(error)}`, {
      cause: error,
    });
  }
}

/** The kind of a file that nothing pins, by its name alone, in any spelling of case. */
function strayKind(path: string): 'model' | 'document' | 'other' {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (/\.(onnx|ort)$/.test(name)) return 'model';
  return /^(readme|license|licence|notice|authors|changelog)(\.(md|txt))?$|\.(md|parquet)$|\.schema\.json$|^\.git(keep|ignore|attributes)$/.test(
    name,
  )
    ? 'document'
    : 'other';
}

/** The finding about a file below a folder of models that nothing pins; none for documentation. */
export function strayFinding(file: string, named: string): Finding[] {
  const kind = strayKind(file);
  if (kind === 'document') return [];
  return [
    {
      code: 'UNREGISTERED_FILE',
      file,
      id: null,
      severity: kind === 'model' ? 'error' : 'warning',
      expected: `only files that ${named}`,
      got: 'a file that none names, so nothing pins its content',
      advice: 'publish it or remove it',
    },
  ];
}
