export { VideoError, type VideoErrorCode } from './errors.ts';
export { imageFormat, type ImageFormat } from './image-format.ts';
export { imageToTensor } from './image-to-tensor.ts';
export { IMAGENET, type ChannelTables } from './normalisation.ts';
