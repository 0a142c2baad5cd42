import type { Finding } from '../finding.ts';

/**
 * `INTERFACE`: not what a kind takes and gives. `UNKNOWN_SIZE`: not proved. `UNBOUNDED`: proved to be too much. `ROWS_MIXED`: a row's
 * score could depend on another row. `GRAPH`:
 * names that are not defined once and before they are used.
 */
export type ProofCode = 'INTERFACE' | 'UNKNOWN_SIZE' | 'UNBOUNDED' | 'ROWS_MIXED' | 'GRAPH';

export type ProofFinding = Finding<ProofCode>;

/** Ends a proof at the first thing that does not hold. */
export class Refused extends Error {
  readonly code: ProofCode;
  readonly path: string;

  constructor(code: ProofCode, path: string, message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}
