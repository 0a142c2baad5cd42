// what a page loads: from measured clips and models to the document that `vqforge score` writes; nothing here needs Node
export { clipFacts, clipWarnings } from './clip-facts.ts';
export type { FrameSelection } from './clip-request.ts';
export { ScoreError, type ScoreErrorCode } from './errors.ts';
export { scoreFrames, type LpipsScores } from './lpips-scores.ts';
export { rowsOfClips, type MeasuredClips } from './measured-clips.ts';
export { ofCommonFrames, poolScores, type MetricColumns, type PooledScores } from './metric-columns.ts';
export { scoreFeatures } from './regressor-scores.ts';
export type { ClipFacts, PairingFacts, ScoreDocument } from './score-document.ts';
export { documentOf, type Outcome, skippedFrames } from './score-outcome.ts';
export { scoreText, type ScoreFormat } from './score-text.ts';
export { teacherScores, teacherOptions, type TeacherRequest } from './teacher-scores.ts';
export type { TensorSource } from './tensor-source-files.ts';
