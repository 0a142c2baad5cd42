import { basename } from 'node:path';
import { TEACHER_DIGESTS, teacherModelName } from '@vqforge/artifact';
import { readIfPresent } from '@vqforge/artifact/node';
import { sha256 } from '@vqforge/base';
import { PullError } from './errors.ts';
import { findCached } from './weights-cache-files.ts';
import { upstreamTeacher } from './teacher-upstream.ts';

/** A model file of a teacher, and what tables and documents call that teacher. */
export interface TeacherFile {
  readonly bytes: Uint8Array;
  readonly model: string;
}

/** The largest model file of a teacher, in bytes. */
const MAX_TEACHER_BYTES = 2 ** 24;

/**
 * Reads a teacher's model file: of libvmaf by its id, from the cache of pulled files, or any file by its path.
 *
 * @throws PullError MISSING_WEIGHTS where the id was not pulled, UNREADABLE where there is no such file
 * @example (await readTeacherFile('models/vmaf_v0.6.1.json', 'weights')).model; // => 'vmaf_v0.6.1'
 */
export async function readTeacherFile(teacher: string, cache: string): Promise<TeacherFile> {
  const isKnown = Object.hasOwn(TEACHER_DIGESTS, teacher);
  const path = isKnown ? (await findCached(cache, upstreamTeacher(teacher)))?.path : teacher;
  if (path === undefined)
    throw new PullError(
      'MISSING_WEIGHTS',
      `${cache} has no model file of ${teacher}: fetch it with vqforge weights pull ${teacher}, or give its file by path`,
    );
  const bytes = await readIfPresent(path, MAX_TEACHER_BYTES);
  if (bytes === undefined)
    throw new PullError(
      'UNREADABLE',
      `teacher ${teacher} is neither a file nor one of ${Object.keys(TEACHER_DIGESTS).join(', ')}`,
    );
  return { bytes, model: teacherModelName(basename(path, '.json'), sha256(bytes)) };
}
