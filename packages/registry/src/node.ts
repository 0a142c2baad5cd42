export { loadVerified, readRegistry, type RegistryFile, type SignatureCheck } from './load.ts';
export { verifyRegistry, type VerifyOptions, type VerifyReport, verifyView } from './verify.ts';
export { listTree, strayFinding, type TreeFile } from './tree-files.ts';
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
export { importModel, type ImportOptions, type ImportResult } from './import-model.ts';
export { importTemplate } from './import-template.ts';
export { readInside, digestInside } from './bounded-file.ts';
export {
  foreseeReplacement,
  needsReplace,
  type Replacement,
  type TrainingOrigin,
} from './history/replacement.ts';
export type { Surroundings } from './history/surroundings.ts';
export {
  type HistoryOptions,
  pruneHistory,
  type PruneResult,
  registryHistory,
  type ReplacedVersion,
  verifyHistory,
} from './history/history-files.ts';
export { removeModel, rollbackModel, type RollbackOptions, type RollbackResult } from './history/rollback.ts';
export { diffModels, type DiffOptions, type ModelDiff } from './history/diff.ts';
export type { ChangeOptions, ChangeResult } from './registry-change.ts';
