export { GraphBuilder, type AttributeInput } from './builder.ts';
export { decodeModel, encodeModel } from './codec.ts';
export { DATA_TYPE_NUMBER, type Model } from './model.ts';
