import { basename } from 'node:path';
import { sha256 } from '@vqforge/base';
import { SvrTeacher } from '@vqforge/features';
import type { TeacherRequest } from '@vqforge/score';
import { readInput } from './input-file.ts';
import type { TeacherFlag } from './teacher-flag.ts';

/** Reads the model files that `--model` names. @throws UsageError | FeaturesError for files that are none */
export function readTeachers(flags: readonly TeacherFlag[]): Promise<TeacherRequest[]> {
  return Promise.all(
    flags.map(async ({ teacher, ...options }) => {
      const bytes = await readInput(teacher, '--model');
      return {
        ...options,
        teacher: SvrTeacher.read(bytes, teacher),
        model: basename(teacher, '.json'),
        sha256: sha256(bytes),
      };
    }),
  );
}
