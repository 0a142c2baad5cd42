export { CorpusError, type CorpusErrorCode } from './errors.ts';
export { CorpusFolder, type RecordedRun } from './corpus-folder-files.ts';
export { readCorpusManifest, type ManifestFile } from './manifest-file.ts';
export type { CorpusManifest, CorpusPair, SourceRights } from './manifest.ts';
export {
  runCorpus,
  type CorpusPlanFacts,
  type CorpusRunOptions,
  type CorpusRunResult,
} from './corpus-run-files.ts';
export { assembleCorpus, missingPairs, readCorpusState, type CorpusState } from './corpus-state-files.ts';
export { readCorpusStatus } from './corpus-status-files.ts';
export type { Assembly, MissingPair } from './assembly-files.ts';
export { completeMeasurement, type MeasurementRequest } from './measurement-node.ts';
export { jobId, pairIdentity, runIdentity, type MeasuringEngines } from './job-identity.ts';
export { ResultStore } from './result-store-files.ts';
export { verdictOn, type JobFailure, type JobVerdict } from './job-verdict.ts';
export type { JobClip, PairJob, PairSetup } from './pair-job.ts';
export { queueUrl, type QueueUrl } from './queue-url.ts';
export { haveEndedIn, queueRunner, type QueueRunnerOptions } from './queue-runner-node.ts';
export { workCorpus, type WorkOptions } from './queue-worker-node.ts';
export { describeCorpus, type CorpusDescription, type DescribeCorpusOptions } from './description-files.ts';
export { encodeLadder, type Encoded, type EncodeOptions } from './encode-process.ts';
export { NamePattern } from './name-pattern.ts';
