export { openVideo, type VideoOptions, type VideoSource } from './video/open-video.ts';
export type { RawFormat } from './video/raw-format.ts';
export { type Container, VideoReader } from './video/video-reader.ts';
export {
  framesPerSecond,
  type BitDepth,
  type Chroma,
  type Frame,
  type FrameFormat,
  type FrameRate,
  type Range,
} from './video/frame.ts';
export { colourOf, type Colour, type ColourOptions, type Matrix } from './video/colour.ts';
export { frameToRgb, frameToTensor } from './video/frame-to-tensor.ts';
export { VideoError, type VideoErrorCode } from './video/errors.ts';
export { imageFormatOfFile, readImage, type Image } from './video/image-file.ts';
export { imageToTensor } from './video/image-to-tensor.ts';
export { imageFormat, type ImageFormat } from './video/image-format.ts';
export { Comparison, type ComparisonOptions, type FrameSet } from './video/comparison.ts';
export {
  openTensorSets,
  type TensorSet,
  type TensorSetOptions,
  type TensorSets,
} from './video/tensor-pool.ts';
export type { ClipInfo } from './video/tensor-messages.ts';
