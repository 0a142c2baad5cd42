// onnxruntime-web as Node loads it: the WebAssembly file is read from the package's folder
export { env, InferenceSession, Tensor } from 'onnxruntime-web';
