export type { EngineName } from '@vqforge/base';
export type { Engine, Session, SessionOptions } from './engine.ts';
export { OrtError, type OrtErrorCode } from './errors.ts';
export { float32Tensor, type Float32Tensor, type Tensor, type TensorData, type Tensors } from './tensor.ts';
export { wasmEngine, type WasmOptions } from './wasm-engine.ts';
