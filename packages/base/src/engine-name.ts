/**
 * ONNX Runtime's two bindings: `wasm` is onnxruntime-web in one thread, which gives the same bits on every machine; `native`
 * is onnxruntime-node, which is faster.
 */
export type EngineName = (typeof ENGINE_NAMES)[number];

export const ENGINE_NAMES = ['wasm', 'native'] as const;
