import { sha256 } from '@vqforge/base';
import type { TeacherRequest } from '@vqforge/score';
import type { TeacherFlag } from './teacher-flag.ts';
import { weightsCache } from './workspace-defaults.ts';

/** Reads the model files that `--model` names. @throws PullError | FeaturesError for files that are none */
export async function readTeachers(flags: readonly TeacherFlag[]): Promise<TeacherRequest[]> {
  if (flags.length === 0) return [];
  // what reads teachers also reads the weights of LPIPS
  const [{ SvrTeacher }, { readTeacherFile }] = await Promise.all([
    import('@vqforge/features'),
    import('@vqforge/weights'),
  ]);
  return Promise.all(
    flags.map(async ({ teacher, ...options }) => {
      const { bytes, model } = await readTeacherFile(teacher, weightsCache());
      return { ...options, teacher: SvrTeacher.read(bytes, teacher), model, sha256: sha256(bytes) };
    }),
  );
}
