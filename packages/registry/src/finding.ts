import { sha256 } from '@vqforge/base';

export type FindingCode =
  | 'INVALID_ENTRY'
  | 'DUPLICATE_ID'
  | 'PATH_ESCAPE'
  | 'NOT_A_FILE'
  | 'UNREADABLE'
  | 'MISSING_FILE'
  | 'NOT_SHIPPED'
  | 'TOO_LARGE'
  | 'DIGEST_MISMATCH'
  | 'SIZE_MISMATCH'
  | 'SIDECAR_UNPINNED'
  | 'UNPINNED_ENTRY'
  | 'SIDECAR_DIALECT'
  | 'BAD_SIDECAR'
  | 'SIDECAR_DISAGREES'
  | 'EXTERNAL_DATA'
  | 'ZERO_WEIGHTS'
  | 'FORBIDDEN_MODEL'
  | 'UNSTRIPPED'
  | 'MISSING_BUNDLE'
  | 'MISSING_SIGNATURE'
  | 'BAD_BUNDLE'
  | 'WRONG_KEY'
  | 'BAD_SIGNATURE'
  | 'BAD_STATEMENT'
  | 'SUBJECT_MISMATCH'
  | 'ENTRY_MISMATCH'
  | 'UNREGISTERED_FILE'
  | 'BAD_HISTORY'
  | 'PENDING_PUBLISH'
  | 'LEFTOVER'
  | 'BAD_REGISTRY'
  | 'INVALID_DOCUMENT'
  | 'LEAK'
  | 'GRAPH_DISAGREES'
  | 'NOT_CANONICAL'
  | 'BAD_TABLE'
  | 'MANIFEST_DISAGREES'
  | 'DATASET_DISAGREES'
  | 'STATISTICS_DISAGREE'
  | 'STATISTICS_DRIFT'
  | 'NO_PREDECESSOR'
  | 'EVIDENCE_INCONSISTENT'
  | 'EVIDENCE_DISAGREES'
  | 'PREDICTIONS_UNPINNED'
  | 'METRICS_UNTRUE'
  | 'NOT_RETRAINED'
  | 'NATIVE_ENGINE'
  | 'TEACHER_RANGE'
  | 'ENTRY_DISAGREES'
  | 'GATE_LOWERED'
  | 'BAD_PROVENANCE'
  | 'PROVENANCE_DISAGREES'
  | 'MISSING_LICENSE'
  | 'MISSING_TEACHER'
  | 'MISSING_CARD'
  | 'CARD_DISAGREES'
  | 'MISSING_PROVENANCE'
  | 'MISSING_EVIDENCE'
  | 'MISSING_DATASET'
  | 'EXPIRED_POLICY';

/** The words of a finding: what should be, what is, and what to do about it. */
interface FindingText {
  readonly expected: string;
  readonly got: string;
  readonly advice: string;
}

/** One observation about a registry folder; returned, never thrown. Only `error` means that verification failed. */
export interface Finding extends FindingText {
  readonly code: FindingCode;
  readonly severity: 'error' | 'warning' | 'info';
  /** Relative to the registry's folder. */
  readonly file: string;
  /** Entry that the finding is about; null for the registry or folder as a whole. */
  readonly id: string | null;
}

/** Where the findings about one entry go. */
export type Report = (
  code: FindingCode,
  severity: Finding['severity'],
  file: string,
  text: FindingText,
) => void;

/** The remedy for a file that is not what the registry pins. */
export const RESTORE = 'restore the file, or publish the model anew';

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
