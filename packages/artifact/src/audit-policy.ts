import * as v from 'valibot';
import { type DocumentKind, type Reader, readerOf, writeDocument } from './document.ts';
import { distinct, strictObject } from './schema.ts';

/** The requirements that a policy can put on every pinned model. */
export const POLICY_REQUIREMENTS = [
  'license',
  'teacher',
  'provenance',
  'evidence',
  'dataset',
  'signature',
  'stripped',
  'card',
] as const;

export type PolicyRequirement = (typeof POLICY_REQUIREMENTS)[number];

/** The field `schema` of a policy; people may leave it out. */
const AUDIT_POLICY_SCHEMA = 'vqforge/audit-policy-v1';

/**
 * The requirements of an auditor; what is not required is reported as a warning or not at all.
 *
 * `license`: a licence in the registry entry. `teacher`: the name of the model that taught a regressor.
 * `provenance`: a sidecar of ours. `evidence`: the metrics of the run. `dataset`: the table itself, present and
 * checked. `signature`: a bundle that verifies. `stripped`: no field without effect in the ONNX file. `card`: a model card.
 */
export interface AuditPolicy {
  readonly schema?: typeof AUDIT_POLICY_SCHEMA;
  readonly require: readonly PolicyRequirement[];
  /** Last day on which the policy may be used, YYYY-MM-DD in UTC. */
  readonly expires?: string;
}

const KIND: DocumentKind<AuditPolicy> = {
  name: 'audit policy',
  schema: strictObject({
    schema: v.exactOptional(v.literal(AUDIT_POLICY_SCHEMA)),
    require: v.pipe(v.array(v.picklist(POLICY_REQUIREMENTS)), distinct(String, 'requirements')),
    expires: v.exactOptional(v.pipe(v.string(), v.check(isDate, 'expected a date YYYY-MM-DD'))),
  }),
};

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString() === `${text}T00:00:00.000Z`;
}

/**
 * An audit policy, read from JSON and checked.
 *
 * @throws ArtifactError NOT_JSON | TOO_LARGE | INVALID_DOCUMENT naming every bad field
 */
export const parseAuditPolicy: Reader<AuditPolicy> = readerOf(KIND);

/**
 * An audit policy as canonical JSON, checked before it is written.
 *
 * @throws ArtifactError INVALID_DOCUMENT naming every bad field
 */
export function formatAuditPolicy(policy: AuditPolicy): string {
  return writeDocument(KIND, { schema: AUDIT_POLICY_SCHEMA, ...policy });
}
