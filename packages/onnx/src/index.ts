export { encodeModel } from './codec.ts';
export { OnnxError } from './errors.ts';
export type { OnnxErrorCode } from './errors.ts';
export { DATA_TYPE_BYTES, DATA_TYPE_NUMBER } from './model.ts';
export type { Attribute, DataType, Dim, Graph, Model, Node, Tensor, ValueInfo } from './model.ts';
