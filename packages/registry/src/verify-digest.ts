import { sha256 } from '@vqforge/base';
import { type Report, RESTORE } from './finding.ts';

export function verifyDigest(file: string, bytes: Uint8Array, expected: string, report: Report): void {
  const got = sha256(bytes);
  if (got === expected) return;
  report('DIGEST_MISMATCH', 'error', file, {
    expected: `sha256 ${expected}`,
    got: `sha256 ${got}`,
    advice: RESTORE,
  });
}
