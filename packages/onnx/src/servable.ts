import { proveResources } from './bounds/resource-proof.ts';
import { describeFindings, type Finding, type ProofCode } from './finding.ts';
import { type ServedKind, servedKind } from './bounds/served-interface.ts';
import { decodeModel } from './codec.ts';
import { OnnxError } from './errors.ts';
import type { Model } from './model.ts';
import { scanModel, type ScanCode } from './scan.ts';

export type ServableFinding = Finding<ScanCode | ProofCode>;

/**
 * Lists what stands against running a file: what its scan refuses, else what its graph cannot be proved to stay within.
 * `UNSTRIPPED` findings are harmless to run.
 *
 * @param kind what the graph must be; `any-served` for either kind; `any` also lets graphs pass that are of no kind and so
 * are never run, such as other tools' models in a registry that is only verified
 */
export function servableFindings(
  bytes: Uint8Array,
  ops: ReadonlySet<string>,
  kind: ServedKind | 'any-served' | 'any',
): ServableFinding[] {
  const findings: ServableFinding[] = scanModel(bytes, { ops });
  if (findings.some(({ code }) => code !== 'UNSTRIPPED')) return findings;
  let model: Model;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    return [...findings, { code: 'MALFORMED', path: '', message: error.message }];
  }
  const is = servedKind(model);
  if (kind === 'any' && is === null) return findings;
  if (kind !== 'any' && kind !== 'any-served' && is !== null && is !== kind) {
    const message = `the inputs are those of a ${is} model, expected a ${kind} model`;
    return [...findings, { code: 'INTERFACE', path: 'graph.input', message }];
  }
  return [...findings, ...proveResources(model)];
}

/**
 * Refuses a file that may not run with these operators. Unstripped files pass.
 *
 * @throws OnnxError FORBIDDEN with the first findings
 */
export function assertServable(bytes: Uint8Array, ops: ReadonlySet<string>): void {
  const refused = servableFindings(bytes, ops, 'any-served').filter(({ code }) => code !== 'UNSTRIPPED');
  if (refused.length > 0) {
    throw new OnnxError('FORBIDDEN', `model may not be served: ${describeFindings(refused, 3)}`);
  }
}
