export type { RawFormat } from './raw-format.ts';
export {
  type Container,
  type DecodedFacts,
  type FrameSource,
  type ScaledFacts,
  VideoReader,
} from './video-reader.ts';
export {
  assertFrameSize,
  chromaName,
  framesPerSecond,
  planeSizes,
  type BitDepth,
  type Chroma,
  type ColourTags,
  type Frame,
  type FrameChroma,
  type FrameFormat,
  type FrameRate,
  type PlaneSizes,
  type Range,
} from './frame.ts';
export {
  colourOf,
  colourOfSide,
  type Colour,
  type ColourOptions,
  type Matrix,
  type SideColours,
} from './colour.ts';
export { unhonouredTags } from './colour-tags.ts';
export { frameToRgb, frameToTensor } from './frame-to-tensor.ts';
export { VideoError, type VideoErrorCode } from './errors.ts';
export { lumaOf, type ChromaPlanes, type LumaFrame, type Samples } from './luma.ts';
export { IMAGENET, type ChannelTables } from './normalisation.ts';
export { imageToTensor } from './image-to-tensor.ts';
export { imageFormat, type ImageFormat } from './image-format.ts';
export { clipInfo } from './clip-info.ts';
export { setToTensors } from './set-to-tensors.ts';
export type { ClipInfo, TensorPair } from './tensor-calls.ts';
export { openStream, type ByteStream, type StreamOptions } from './open-stream.ts';
export { FrameSets, type FrameSelection, type FrameSet } from './frame-sets.ts';
export { FrameScaler, scaledSource } from './scale-frame.ts';
export { pairByTime, type TimePairs } from './pair-by-time.ts';
export { findOffset, lumaSketch, type FoundOffset, type LumaSketch } from './find-offset.ts';
