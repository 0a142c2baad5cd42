export { openVideo, type VideoOptions, type VideoSource } from './open-video.ts';
export { imageFormatOfFile, readImage, type Image } from './image-file.ts';
export { openComparison, type ComparisonOptions } from './comparison.ts';
export { openTensorSets, type TensorSet, type TensorSetOptions, type TensorSets } from './tensor-pool.ts';
export {
  openLuma,
  openLumaSets,
  type LumaOptions,
  type LumaReader,
  type LumaSet,
  type LumaSetOptions,
  type LumaSets,
} from './open-luma.ts';
export { libswscaleVersion } from './scaled-video-process.ts';
