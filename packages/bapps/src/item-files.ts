import { readFileSync, statSync } from 'node:fs';
import type { FileContent } from './digests.ts';
import { MAX_PICTURE_BYTES } from './picture.ts';

/** One number and a header; NumPy writes 136 bytes. */
const MAX_JUDGEMENT_BYTES = 4096;

/**
 * The bytes of an item's files, pictures first, or why there are none. Synchronous, since for files as small as these the
 * asynchronous way takes six times the processor time.
 *
 * @param paths in the order of the layout
 */
export function readContents(paths: readonly string[]): FileContent[] {
  return paths.map((path, at) => {
    const most = at === paths.length - 1 ? MAX_JUDGEMENT_BYTES : MAX_PICTURE_BYTES;
    try {
      const found = statSync(path);
      if (!found.isFile()) return 'is not a file';
      return found.size > most ? `has ${found.size} bytes, expected at most ${most}` : readFileSync(path);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return code === 'ENOENT' ? 'is no longer there' : `cannot be read: ${message}`;
    }
  });
}
