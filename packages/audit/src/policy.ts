import type { AuditPolicy, PolicyRequirement } from '@vqforge/artifact';
import { type Finding, type FindingCode, RegistryError, type Report } from '@vqforge/registry';

/** A policy, asked about facts that are missing. */
export class PolicyCheck {
  readonly #required: ReadonlySet<PolicyRequirement>;

  constructor(policy: AuditPolicy | undefined) {
    this.#required = new Set(policy?.require);
  }

  requires(requirement: PolicyRequirement): boolean {
    return this.#required.has(requirement);
  }

  /** An error when it is required. */
  severity(requirement: PolicyRequirement, otherwise: 'warning' | 'info'): Finding['severity'] {
    return this.requires(requirement) ? 'error' : otherwise;
  }
}

/** Codes whose severity a requirement raises, wherever they were found. */
const RAISED: Readonly<Partial<Record<FindingCode, PolicyRequirement>>> = { UNSTRIPPED: 'stripped' };

/** A finding, as an error where the policy requires what it is about. */
export function raise(finding: Finding, policy: PolicyCheck): Finding {
  const requirement = RAISED[finding.code];
  return requirement !== undefined && policy.requires(requirement)
    ? { ...finding, severity: 'error' }
    : finding;
}

/**
 * A policy that has run out vouches for nothing.
 *
 * @param today YYYY-MM-DD, UTC
 */
export function auditExpiry(policy: AuditPolicy, today: string, report: Report): void {
  // dates in this form compare as text
  if (policy.expires === undefined || today <= policy.expires) return;
  report('EXPIRED_POLICY', 'error', 'policy', {
    expected: `a policy that is valid on ${today}`,
    got: `one that expired on ${policy.expires}`,
    advice: 'review the policy and give it a new date',
  });
}

/**
 * Refuses an audit that must check signatures and has no key.
 *
 * @throws RegistryError BAD_KEY when signatures are required and there is nothing to check them with
 */
export function requireKey(policy: PolicyCheck, hasKey: boolean): void {
  if (!policy.requires('signature') || hasKey) return;
  throw new RegistryError(
    'BAD_KEY',
    'policy requires signatures; give the public key that they must be of with --key',
  );
}
