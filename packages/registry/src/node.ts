export {
  findEntry,
  readRegistry,
  type RegistryFile,
  asRegistryError,
  registryBytes,
} from './registry-file.ts';
export { strayFinding, verifyRegistry, type VerifyOptions, type VerifyReport, verifyView } from './verify.ts';
export { listTree, type TreeFile } from './tree-files.ts';
export { loadVerified, type VerifiedModel } from './load.ts';
export { publish, type PublishOptions, type PublishResult } from './publish.ts';
export type { Recovery } from './transaction-files.ts';
export { nodeFiles, type FileOperations } from './durable-files.ts';
export { type Location, locateRegistry, readConsistently, type View } from './snapshot-files.ts';
export {
  generateKey,
  readSigningKey,
  readVerificationKey,
  type SigningKey,
  type VerificationKey,
} from './attestation/key-files.ts';
export { signModel, type SignOptions } from './attestation/sign.ts';
export type { SignatureCheck } from './attestation/verify-signature.ts';
export { importModel, type ImportOptions, type ImportResult } from './import-model.ts';
export { readInside, digestInside } from './bounded-file.ts';
