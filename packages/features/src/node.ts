export {
  extractFeatures,
  openFeatures,
  type ExtractOptions,
  type FeatureStream,
  type FrameFeatures,
  type MeasuredClip,
} from './feature-pool.ts';
