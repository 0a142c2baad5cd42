export {
  extractFeatures,
  openFeatures,
  type ExtractOptions,
  type FeatureStream,
  type MeasuredClip,
} from './feature-pool.ts';
export type { FrameFeatures } from './feature-sequence.ts';
