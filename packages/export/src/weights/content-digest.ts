import { createHash } from 'node:crypto';
import { compactJson } from '@vqforge/base';
import type { StateDict } from './state-dict.ts';

/**
 * Digest of tensors, whatever file they came from: sha256 over a version line and then, for each tensor in
 * ascending order of name (UTF-16 code units), the line `["name","dtype",[shape]]` and its little-endian bytes.
 * The shape fixes how many bytes follow, so no two different sets share a stream.
 *
 * @returns 64 lowercase hex digits
 */
export function contentDigest(tensors: StateDict): string {
  const hash = createHash('sha256').update('vqforge tensors 1\n');
  for (const [name, tensor] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${compactJson([name, tensor.dtype, tensor.shape])}\n`).update(tensor.bytes);
  }
  return hash.digest('hex');
}
