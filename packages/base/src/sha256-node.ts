import { createHash } from 'node:crypto';

/** Lowercase hex sha256 by Node's OpenSSL. */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}
