// onnxruntime-web as a page loads it: the build without WebGPU, half the size
export { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
