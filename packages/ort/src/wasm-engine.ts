import * as ort from '#onnxruntime-web';
import type { Engine } from './engine.ts';
import { wrapSession } from './wrap-session.ts';

/**
 * onnxruntime-web in one thread: no atomics, no second order of summation, so the bits are the same everywhere, in Node and
 * in a page. One instance of it serves a thread.
 *
 * @example
 * const session = await wasmEngine().load(onnx);
 * const { score } = await session.run({ features: float32Tensor(Float32Array.of(0.5), [1, 1]) });
 */
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
