import { sha256 } from '@vqforge/base';
import { type Report, RESTORE } from './finding.ts';

/** Reports a file whose SHA-256 is not the expected one. */
export function verifyDigest(file: string, bytes: Uint8Array, expected: string, report: Report): void {
  const got = sha256(bytes);
  if (got === expected) return;
  report('DIGEST_MISMATCH', 'error', file, {
    expected: `sha256 ${expected}`,
    got: `sha256 ${got}`,
    advice: RESTORE,
  });
}
