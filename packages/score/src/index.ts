export { ScoreError, type ScoreErrorCode } from './errors.ts';
export { runVmaf, type VmafOptions, type VmafResult } from './vmaf-process.ts';
export { scoreClips, type OpenedModels, type ScoreOptions, type ScoreResult } from './score.ts';
export type {
  ClipFacts,
  ColourFacts,
  Failure,
  FrameScores,
  FrameTrust,
  ModelFacts,
  RenditionFacts,
  MeasurementFacts,
  ScoreDocument,
  TeacherFacts,
} from './score-document.ts';
export type { TeacherRequest } from './teacher-scores.ts';
export type { PooledScores } from './metric-columns.ts';
export { scoreText, type ScoreFormat } from './score-text.ts';
export type { ClipRequest, FrameSelection } from './clip-request.ts';
export { extractClips, extractLog, type Extracted, type ExtractRequest } from './feature-log.ts';
export { featureRowsOf } from './feature-rows.ts';
export { openTensorSource, type TensorSource } from './tensor-source-files.ts';
export { scoreFrames, type LpipsScores } from './lpips-scores.ts';
