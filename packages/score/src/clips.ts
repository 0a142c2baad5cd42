export { scoreClips, type OpenedModels, type ScoreOptions, type ScoreResult } from './score.ts';
export { scoreText, type ScoreFormat } from './score-text.ts';
export type { ScoreDocument } from './score-document.ts';
