export { ArtifactError, type ArtifactErrorCode } from './errors.ts';
export { MAX_MANIFEST_BYTES, MAX_METRICS_BYTES, MAX_SIDECAR_BYTES } from './document.ts';
export {
  MODEL_ID,
  isPortablePath,
  type Augmentation,
  type Parity,
  type RecipeChoice,
  type Teacher,
} from './fields.ts';
export { TEACHER_DIGESTS, teacherDigest, teacherModelName } from './teacher-models.ts';
export type { EngineName } from '@vqforge/base';
export {
  formatCheckpoint,
  parseCheckpoint,
  regressorDims,
  type Checkpoint,
  type RegressorParameters,
  type Standardisation,
} from './checkpoint.ts';
export {
  formatRunProvenance,
  parseRunProvenance,
  type CommandDescription,
  type PathDescription,
  type ProvenanceValue,
  type RunProvenance,
} from './run-provenance.ts';
export {
  byFamily,
  FAMILY_FACTS,
  familyOfTask,
  isOfFamily,
  MODEL_FAMILIES,
  type FamilyFacts,
  type ModelFamily,
} from './model-family.ts';
export {
  formatSidecar,
  parseSidecar,
  type DistanceSidecar,
  type RegressorSidecar,
  type RegressorTraining,
  type Sidecar,
  type WeightSource,
} from './sidecar.ts';
export { describeSidecarDialect, type SidecarDialect } from './sidecar-dialect.ts';
export {
  formatRegistry,
  parseRegistry,
  parseRegistryShell,
  registryEntryProblems,
  VERSION_1_ENTRY_KEYS,
  type Registry,
  type RegistryEntry,
} from './registry-document.ts';
export {
  formatManifest,
  modelLicense,
  parseManifest,
  type DatasetColumn,
  type DatasetFile,
  type DatasetManifest,
  type DatasetSource,
} from './dataset-manifest.ts';
export {
  formatMetrics,
  parseMetrics,
  type AgreementMetrics,
  type LosoSummary,
  type MetricsDocument,
} from './metrics-document.ts';
export {
  formatHeadsMetrics,
  parseHeadsMetrics,
  type HeadsMetricsDocument,
  type HeadsScores,
  type ScoredSet,
  type TripletSource,
} from './heads-metrics-document.ts';
export { formatEnvironment, parseEnvironment, type EnvironmentDocument } from './environment-document.ts';
export { CONSTANT_BELOW, SHIP_THRESHOLD, teacherName } from './training-rules.ts';
export { formatHistory, parseHistory, type HistoryDocument, type HistoryFile } from './history-document.ts';
export {
  EVALUATION_SCHEMA,
  formatEvaluation,
  parseEvaluation,
  type Disagreement,
  type EvaluationDocument,
  type MeanScore,
  type SetScore,
} from './evaluation-document.ts';
export {
  formatHeadsProgress,
  formatStatisticsIndex,
  parseHeadsProgress,
  parseStatisticsIndex,
  type HeadsEpochRecord,
  type StatisticsIndex,
} from './heads-training-documents.ts';
export { runKind } from './run-kind.ts';
export { jsonDifferences, type JsonDifference } from './json-difference.ts';
export {
  formatStatement,
  parseStatement,
  STATEMENT_MEDIA_TYPE,
  type ResourceDescriptor,
  type Statement,
  type Subject,
} from './statement.ts';
export {
  formatAuditPolicy,
  parseAuditPolicy,
  POLICY_REQUIREMENTS,
  type AuditPolicy,
  type PolicyRequirement,
} from './audit-policy.ts';
export { markdownCode, markdownTable, markdownText } from './markdown.ts';
export { modelCard, type CardDocuments } from './model-card.ts';
export { columnMap, recordedMap } from './column-map.ts';
export {
  sweepSettings,
  settingName,
  type Sweep,
  type SweepPoint,
  type SweepSetting,
} from './sweep-document.ts';
export {
  formatCorpusLineage,
  formatCorpusRun,
  formatDeadLetter,
  parseCorpusResult,
  parseCorpusRun,
  parseDeadLetter,
  type CorpusLineage,
  type CorpusMeasurement,
  type CorpusResult,
  type CorpusRun,
  type CorpusStatus,
  type DeadLetter,
} from './corpus-documents.ts';
export {
  formatEncodeRecords,
  parseEncodeRecords,
  parseLadder,
  type EncodeRecord,
  type EncodeRecords,
  type Ladder,
  type Rung,
} from './encode-documents.ts';
