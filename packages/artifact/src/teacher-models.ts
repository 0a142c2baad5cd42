import { SHA256_PATTERN } from '@vqforge/base';

/** SHA-256 of libvmaf's model files that tables name by id. */
export const TEACHER_DIGESTS: Readonly<Record<string, string>> = {
  'vmaf_v0.6.1': '5950d61fa1f861bd45d8149d80539ed9f3376cfc2495b8f0fa8e9f57cb131ee3',
  'vmaf_v0.6.1neg': '1fcda193aaa2a3136471b7516b3c5dc344546c05fcde2d58609f8c60a2387392',
};

/**
 * The SHA-256 of the model file that a teacher's name stands for: of libvmaf's own ids, and of `<name>@sha256:<digest>`.
 *
 * @returns undefined for a name that does not say which file it is
 * @example teacherDigest('mine@sha256:' + 'a'.repeat(64)) // => 'a'.repeat(64)
 */
export function teacherDigest(model: string): string | undefined {
  if (Object.hasOwn(TEACHER_DIGESTS, model)) return TEACHER_DIGESTS[model];
  const [, digest] = /@sha256:(.*)$/s.exec(model) ?? [];
  return digest !== undefined && SHA256_PATTERN.test(digest) ? digest : undefined;
}

/** The name that a table gives the teacher whose model file has that digest: libvmaf's id, or the file's name with the digest. */
export function teacherModelName(name: string, digest: string): string {
  const known = Object.keys(TEACHER_DIGESTS).find((id) => TEACHER_DIGESTS[id] === digest);
  return known ?? `${name}@sha256:${digest}`;
}
