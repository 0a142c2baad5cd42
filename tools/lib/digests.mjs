// Files with the digests of their bytes, for tests that hold a folder before something against it after.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Every file and link below a folder, by its path from there. */
export function digestsBelow(folder) {
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  return new Map(
    names.flatMap((name) => {
      const path = join(folder, name);
      const stat = lstatSync(path);
      if (stat.isSymbolicLink()) return [[name, `link ${readlinkSync(path)}`]];
      return stat.isFile() ? [[name, createHash('sha256').update(readFileSync(path)).digest('hex')]] : [];
    }),
  );
}

/** Names that are new, gone or different. */
export function changedNames(before, after) {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
}
