import * as ort from 'onnxruntime-web';
import type { Engine } from './engine.ts';
import { wrapSession } from './wrap-session.ts';

/** onnxruntime-web in one thread: the bits are the same everywhere. */
export function wasmEngine(): Engine {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  return {
    name: 'wasm',
    version: ort.env.versions.web ?? ort.env.versions.common,
    providers: ['wasm'],
    load: async (onnx) => {
      const session = await ort.InferenceSession.create(onnx, {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
      });
      return wrapSession(session, ort.Tensor);
    },
    close: () => Promise.resolve(),
  };
}
