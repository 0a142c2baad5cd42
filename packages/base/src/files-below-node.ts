import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders deeper than this below a search root are not looked into. */
const MAX_DEPTH = 6;

/** Files with names of that kind, in the order of names. Links are not followed; what cannot be read is not an input. */
export async function filesBelow(folder: string, names: RegExp, depth = 0): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const nested = await Promise.all(
    entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory() && depth < MAX_DEPTH) return filesBelow(path, names, depth + 1);
        return entry.isFile() && names.test(entry.name) ? [path] : [];
      }),
  );
  return nested.flat();
}
