import { CodedError } from '@vqforge/base';

export type RegistryErrorCode =
  | 'MISSING_REGISTRY'
  | 'BAD_REGISTRY'
  | 'UNSUPPORTED_VERSION'
  | 'UNKNOWN_ID'
  | 'NOT_SHIPPED'
  | 'MISSING_FILE'
  | 'DIGEST_MISMATCH'
  | 'SIZE_MISMATCH'
  | 'UNPINNED_ENTRY'
  | 'UNTRUSTED_MODEL'
  | 'TOO_LARGE'
  | 'PATH_ESCAPE'
  | 'NOT_A_FILE'
  | 'UNREADABLE'
  | 'BAD_SIDECAR'
  | 'SIDECAR_DISAGREES'
  | 'FORBIDDEN_MODEL'
  | 'INVALID_PUBLICATION'
  | 'NEEDS_REPLACE'
  | 'UNKNOWN_VERSION'
  | 'DAMAGED_HISTORY'
  | 'UNWRITABLE'
  | 'LOCK_TIMEOUT'
  | 'BUSY'
  | 'DAMAGED_JOURNAL'
  | 'COMMITTED_NOT_APPLIED'
  | 'BAD_KEY'
  | 'BAD_BUNDLE'
  | 'REFUSED_SIGNATURE'
  | 'REFUSED_IMPORT';

export class RegistryError extends CodedError<RegistryErrorCode> {}

/** The code of a failed system call, such as `ENOSPC`; undefined for every other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
