/**
 * ONNX Runtime's two bindings: `wasm` is onnxruntime-web in one thread, which gives the same bits on every machine; `native`
 * is onnxruntime-node, which is faster.
 */
export type EngineName = (typeof ENGINE_NAMES)[number];

export const ENGINE_NAMES = ['wasm', 'native'] as const;

/** The largest ONNX file that is read: lusoris/vmaf's limit too, and far above any model of this project. 50 MiB. */
export const MAX_MODEL_BYTES: number = 50 * 1_048_576;
