/** One observation about a model. Findings are returned, not thrown; the caller decides what they are worth. */
export interface Finding<Code extends string> {
  readonly code: Code;
  /** Where, in onnx.proto's words: `graph.node[3].attribute[0].g`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** The first findings as one line, for an error message. */
export function describeFindings(findings: readonly Finding<string>[], limit: number): string {
  const shown = findings
    .slice(0, limit)
    .map(({ code, path, message }) => `${code} ${path === '' ? '' : `at ${path}: `}${message}`);
  if (findings.length > limit) shown.push(`and ${findings.length - limit} more`);
  return shown.join('; ');
}

/** A name from a file as part of a message: it can be megabytes long or hold control characters. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
}

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
