export { imageFormatOfFile, readImage, type Image } from './image-file.ts';
export { imageToTensor } from './image-to-tensor.ts';
export { openTensorSets, type TensorSet } from './tensor-pool.ts';
