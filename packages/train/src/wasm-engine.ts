import { setFlagsFromString } from 'node:v8';
import * as ort from 'onnxruntime-web';
import type { Engine, Feeds } from './engine.ts';

/**
 * How much work a WebAssembly function has done before V8 compiles it again, optimised; V8's own 1.8 million sends thousands
 * of functions there, which takes 4 s of processor time from the training. The kernels that matter get there anyway.
 * It decides when code is compiled, never what it computes.
 */
const TIERING_BUDGET = 100_000_000;

/** onnxruntime-web in one thread: no atomics, no second reduction order, so the bits are the same everywhere. */
export function wasmEngine(): Engine {
  setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`);
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  return {
    name: 'wasm',
    version: ort.env.versions.web ?? ort.env.versions.common,
    load: async (model) => {
      const session = await ort.InferenceSession.create(model, {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
      });
      return {
        run: async (feeds: Feeds) => {
          const tensors = Object.fromEntries(
            Object.entries(feeds).map(([name, { data, dims }]) => [
              name,
              new ort.Tensor('float32', data, [...dims]),
            ]),
          );
          const fetches = await session.run(tensors);
          return Object.fromEntries(
            Object.entries(fetches).map(([name, tensor]) => [
              name,
              { data: tensor.data as Float32Array, dims: tensor.dims },
            ]),
          );
        },
        release: () => session.release(),
      };
    },
  };
}
