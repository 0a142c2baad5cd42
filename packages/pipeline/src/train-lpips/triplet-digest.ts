import { createHash } from 'node:crypto';
import type { Triplet } from '@vqforge/bapps';

/** SHA-256 over the pixels of a triplet and its judgement: all that its row is computed from, beside the trunk. */
export function tripletDigest({ reference, p0, p1, judge }: Triplet): Uint8Array {
  const hash = createHash('sha256');
  for (const patch of [reference, p0, p1]) hash.update(patch);
  return hash.update(new Uint8Array(Float64Array.of(judge).buffer)).digest();
}
