import { createHash } from 'node:crypto';

/** Lowercase hex sha256 of bytes or of the UTF-8 form of a string. */
export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** 64 lowercase hex digits. */
export const SHA256_PATTERN: RegExp = /^[0-9a-f]{64}$/;
