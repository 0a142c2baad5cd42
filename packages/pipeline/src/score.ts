export { scoreClips, type ScoreOptions, type ScoreResult } from './score/score.ts';
export type {
  ClipFacts,
  ColourFacts,
  Failure,
  FrameScores,
  ModelFacts,
  RenditionFacts,
  ScoreDocument,
} from './score/score-document.ts';
export type { PooledScores } from './score/pooled-scores.ts';
export { scoreText, type ScoreFormat } from './score/score-text.ts';
export type { ClipRequest, FrameSelection } from './score/clip-request.ts';
export { requireFolderOf, writeDocuments } from './document-files.ts';
