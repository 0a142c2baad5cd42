export { RegistryError, type RegistryErrorCode } from './errors.ts';
export { findEntry, readRegistry, type RegistryFile } from './registry-file.ts';
export { exportRegistry } from './export-registry.ts';
export type { Finding, FindingCode } from './finding.ts';
export { verifyRegistry, type VerifyOptions, type VerifyReport } from './verify.ts';
export { loadVerified, type VerifiedModel } from './load.ts';
export { publish, type PublishOptions, type PublishResult } from './publish.ts';
export type { Publication } from './publication.ts';
export type { Recovery } from './transaction-files.ts';
export { nodeFiles, type FileOperations } from './durable-files.ts';
export type { Location } from './snapshot-files.ts';
export {
  generateKey,
  readSigningKey,
  readVerificationKey,
  type SigningKey,
  type VerificationKey,
} from './attestation/key-files.ts';
export { signModel, type SignOptions } from './attestation/sign.ts';
export type { BuildFacts } from './attestation/model-statement.ts';
export type { SignatureCheck } from './attestation/verify-signature.ts';
export { audit, type AuditOptions, type AuditReport } from './audit/audit.ts';
export type { Lineage } from './audit/lineage.ts';
export { verifyProvenance, type ProvenanceOptions, type ProvenanceReport } from './audit/provenance-files.ts';
export { importModel, type ImportOptions, type ImportResult } from './import-model.ts';
