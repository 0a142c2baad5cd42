import { TEACHER_DIGESTS } from '@vqforge/artifact';
import type { PinnedFile } from './weights-upstream.ts';

/** A model file of libvmaf as its authors publish it. */
export interface UpstreamTeacher extends PinnedFile {
  readonly url: string;
}

/** The branch may move on; the digests do not. */
const LIBVMAF = 'https://raw.githubusercontent.com/Netflix/vmaf/master/model';

/** The teachers whose files can be pulled. */
export const TEACHER_IDS: readonly string[] = Object.keys(TEACHER_DIGESTS);

/**
 * The pinned file of a teacher.
 *
 * @param id one of TEACHER_IDS
 */
export function upstreamTeacher(id: string): UpstreamTeacher {
  const file = `${id}.json`;
  // 20 kB
  return { file, url: `${LIBVMAF}/${file}`, sha256: TEACHER_DIGESTS[id] as string, maxBytes: 2 ** 18 };
}
