import { sha256Hex } from '#sha256';

/**
 * Lowercase hex sha256 of bytes or of the UTF-8 form of a string.
 *
 * @example
 * sha256('abc'); // => 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
 */
export function sha256(data: Uint8Array | string): string {
  return sha256Hex(data);
}

/** 64 lowercase hex digits. */
export const SHA256_PATTERN: RegExp = /^[0-9a-f]{64}$/;
