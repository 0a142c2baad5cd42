import { sha256 } from '@vqforge/base';
import { SvrTeacher } from '@vqforge/features';
import type { TeacherRequest } from '@vqforge/score';
import { readTeacherFile } from '@vqforge/weights';
import type { TeacherFlag } from './teacher-flag.ts';
import { weightsCache } from './weights-cache.ts';

/** Reads the model files that `--model` names. @throws PullError | FeaturesError for files that are none */
export function readTeachers(flags: readonly TeacherFlag[]): Promise<TeacherRequest[]> {
  return Promise.all(
    flags.map(async ({ teacher, ...options }) => {
      const { bytes, model } = await readTeacherFile(teacher, weightsCache());
      return { ...options, teacher: SvrTeacher.read(bytes, teacher), model, sha256: sha256(bytes) };
    }),
  );
}
