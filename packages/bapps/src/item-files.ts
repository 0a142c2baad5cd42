import { readFileSync, statSync } from 'node:fs';
import type { FileContent } from './digests.ts';
import { MAX_PICTURE_BYTES } from './picture.ts';

/** One number and a header; NumPy writes 136 bytes. */
const MAX_JUDGEMENT_BYTES = 4096;

/** @see https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const LFS_POINTER = Buffer.from('version https://git-lfs.github.com/spec/');

function isLfsPointer(bytes: Buffer): boolean {
  return bytes.subarray(0, LFS_POINTER.length).equals(LFS_POINTER);
}

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
      if (found.size > most) return `has ${found.size} bytes, expected at most ${most}`;
      const bytes = readFileSync(path);
      return isLfsPointer(bytes) ? 'is a Git LFS pointer and not the file itself; run git lfs pull' : bytes;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return code === 'ENOENT' ? 'is no longer there' : `cannot be read: ${message}`;
    }
  });
}
